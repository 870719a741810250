import { detectorMetrics } from '../../src/edge/face-detector/detector-metrics.ts';
import { type DueShot, FaceWatch } from '../../src/edge/face-detector/face-watch.ts';
import type { Frame } from '../../src/edge/face-detector/frame.ts';
import { type DrawnFace, type DrawnFrameOptions, detectionOf, drawFrame } from './drawn-faces.ts';
import { countsOf } from './metric-counts.ts';
import { ScriptedModel } from './scripted-model.ts';
import { serviceContext } from './service.ts';

export type Faces = (atMs: number) => readonly DrawnFace[];

export interface Scene {
  readonly faces: Faces;
  /** What the model sees of them; default: all. */
  readonly found?: (faces: readonly DrawnFace[], look: number) => readonly DrawnFace[];
  readonly fps?: number;
  readonly layout?: DrawnFrameOptions['layout'];
  readonly capture?: object;
  readonly camera?: object;
  /** The source's clock for the n-th frame. */
  readonly clock?: (index: number) => number;
  readonly cutAt?: readonly number[];
}

export interface Sent extends DueShot {
  /** When it was due, and the frame that it was cut from as it was before it was released. */
  readonly atMs: number;
  readonly original: Frame;
}

/** A camera's watch over made-up frames. Each frame is written over as soon as it was seen: nothing may use it any longer. */
export function stage({ faces, found = (all) => all, fps = 10, layout = 'i420', clock, cutAt = [0], ...keys }: Scene) {
  const camera = { id: 'door', source: 'sample', ...keys.camera };
  const { config, metrics } = serviceContext({ cameras: [camera], capture: keys.capture ?? {} });
  const lookedAt: number[] = [];
  const model = new ScriptedModel((picture, look) => {
    const atMs = (picture as Frame).capturedAt.getTime();
    lookedAt.push(atMs);
    return found(faces(atMs), look).map(detectionOf);
  });
  const watch = new FaceWatch({
    camera: config.cameras[0] as (typeof config.cameras)[0],
    config,
    model,
    counters: detectorMetrics(metrics),
  });
  const originals = new Map<number, Frame>();
  const sent: Sent[] = [];
  const note = (due: readonly DueShot[], atMs: number) => {
    for (const one of due) sent.push({ ...one, atMs, original: originals.get(one.shot.frame.index) as Frame });
  };
  let index = 0;
  return {
    sent,
    lookedAt,
    play: async (seconds: number) => {
      for (const end = index + seconds * fps; index < end; index += 1) {
        const atMs = clock?.(index) ?? Math.round((index * 1000) / fps);
        const frame = drawFrame(faces(atMs), { atMs, index, layout, cut: cutAt.includes(index) });
        originals.set(index, { ...frame, data: Uint8Array.from(frame.data) });
        note(await watch.see(frame), atMs);
        frame.data.fill(0xaa);
      }
    },
    end: () => note(watch.endAll(), Number.POSITIVE_INFINITY),
    passedOver: () => countsOf(metrics, 'faces_passed_over_total', 'reason'),
  };
}
