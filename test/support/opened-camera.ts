import { pino } from 'pino';
import { Camera, type CameraOptions } from '../../src/edge/face-detector/camera.ts';
import { detectorMetrics } from '../../src/edge/face-detector/detector-metrics.ts';
import type { Frame } from '../../src/edge/face-detector/frame.ts';
import type { Shot } from '../../src/edge/face-detector/shot.ts';
import type { Visit } from '../../src/edge/face-detector/visits/visits.ts';
import { type DrawnFace, detectionOf, drawFrame, drawnFace } from './drawn-faces.ts';
import { countsOf } from './metric-counts.ts';
import { type Script, ScriptedModel } from './scripted-model.ts';
import { serviceContext } from './service.ts';

export interface CameraKeys extends Partial<Pick<CameraOptions, 'openSource' | 'now' | 'onShot'>> {
  readonly script: Script;
  readonly camera?: object;
  readonly capture?: object;
}

/** One camera, opened, with a model that finds what it is told to. */
export async function openCamera({ script, camera: keys = {}, capture = {}, ...more }: CameraKeys) {
  const { config, metrics } = serviceContext({ cameras: [{ id: 'door', source: 'sample', ...keys }], capture });
  const told: string[] = [];
  const log = pino({}, { write: (line: string) => void told.push(JSON.parse(line).msg) });
  const model = new ScriptedModel(script);
  const sent: { readonly shot: Shot; readonly visit: Visit | undefined }[] = [];
  const camera = new Camera({
    camera: config.cameras[0] as (typeof config.cameras)[0],
    config,
    pace: 'realtime',
    once: true,
    model,
    log,
    metrics,
    counters: detectorMetrics(metrics),
    onShot: async (_, shot, visit) => void sent.push({ shot, visit }),
    ...more,
  });
  await camera.open();
  const metric = async (name: string) => (await countsOf(metrics, name, 'camera')).door;
  return { camera, config, model, sent, told, metric };
}

/** So many frames at 10 a second. */
export function* film(
  count: number,
  faces: (index: number) => readonly DrawnFace[] = () => [drawnFace()],
): Generator<Frame> {
  for (let index = 0; index < count; index += 1) {
    yield drawFrame(faces(index), { atMs: index * 100, index, cut: index === 0 });
  }
}

/** The people of whom something was sent. */
export const visitsOf = (sent: readonly { readonly visit: Visit | undefined }[]) =>
  new Set(sent.map(({ visit }) => visit?.id));

/** What a model finds in such a film. */
export const oneFace = () => [detectionOf(drawnFace())];
