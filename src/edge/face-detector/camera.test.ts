import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { detectionOf, drawnFace } from '../../../test/support/drawn-faces.ts';
import { eventually } from '../../../test/support/eventually.ts';
import { film, oneFace, openCamera, visitsOf } from '../../../test/support/opened-camera.ts';
import { ScriptedSource } from '../../../test/support/scripted-source.ts';
import type { Frame } from './frame.ts';
import { cutRgb } from './picture/cut.ts';
import type { openSource } from './sources/open-source.ts';
import type { FrameSource } from './sources/source.ts';

/** Opens these sources one after the other. */
const inTurn = (sources: ((options: Parameters<typeof openSource>[1]) => FrameSource)[]): typeof openSource => {
  const rest = [...sources];
  return async (_, options) => (rest.length > 1 ? rest.shift() : rest[0])?.(options) as FrameSource;
};

describe('a frame', () => {
  it.each(['best', 'every'])(
    'is given back once, after it was seen and before its images are sent, in mode %s',
    async (mode) => {
      const originals = [...film(30, (index) => [drawnFace(50 + index)])].map(({ data, ...frame }) => ({
        ...frame,
        data: Uint8Array.from(data),
      })) as Frame[];
      let source: ScriptedSource | undefined;
      const wrong: number[] = [];
      const { camera, sent } = await openCamera({
        capture: { mode },
        script: (picture) => [detectionOf(drawnFace(50 + (picture as Frame).index))],
        openSource: async (_, options) => {
          source = new ScriptedSource(
            film(30, (index) => [drawnFace(50 + index)]),
            options,
            { kind: 'file' },
          );
          return source;
        },
        onShot: async (_, shot, visit) => {
          const original = originals[shot.frame.index] as Frame;
          await sleep(1);
          if (Buffer.compare(shot.picture.data, cutRgb(original, shot.crop)) !== 0) wrong.push(shot.frame.index);
          sent.push({ shot, visit });
        },
      });
      await camera.run(new AbortController().signal);
      expect(source?.released).toEqual(originals.map(() => 1));
      expect(sent.length).toBe(mode === 'every' ? 30 : 1);
      expect(wrong).toEqual([]);
    },
  );
});

describe('a camera', () => {
  it('sends what is known of open visits when its source ends', async () => {
    const { camera, sent, metric } = await openCamera({
      script: oneFace,
      openSource: inTurn([(options) => new ScriptedSource(film(5), options, { kind: 'file' })]),
    });
    await camera.run(new AbortController().signal);
    expect(sent.length).toBe(1);
    expect(camera.status.state).toBe('ended');
    expect(await metric('camera_frames')).toBe(5);
  });

  it('sends it when it is told to end', async () => {
    const { camera, sent } = await openCamera({
      script: oneFace,
      openSource: inTurn([(options) => new ScriptedSource(film(5), options, { isSilentAfter: true })]),
    });
    const stop = new AbortController();
    const running = camera.run(stop.signal);
    await eventually(
      () => camera.framesSeen,
      (count) => count === 5,
    );
    expect(sent).toEqual([]);
    stop.abort();
    await running;
    expect(sent.length).toBe(1);
  });

  it('sends it when the source has been silent for longer than a visit may be', async () => {
    const { camera, sent } = await openCamera({
      script: oneFace,
      capture: { visitTimeoutSeconds: 0.3 },
      openSource: inTurn([(options) => new ScriptedSource(film(5), options, { isSilentAfter: true })]),
    });
    const stop = new AbortController();
    const running = camera.run(stop.signal);
    await eventually(
      () => sent.length,
      (count) => count === 1,
    );
    stop.abort();
    await running;
    expect(sent.length).toBe(1);
  });

  it('takes its own slowness for no silence: a look of 3 s ends no visit', async () => {
    const { camera, sent } = await openCamera({
      capture: { visitTimeoutSeconds: 0.3 },
      script: async (_, look) => {
        if (look === 2) await sleep(3000);
        return oneFace();
      },
      openSource: inTurn([(options) => new ScriptedSource(film(20), options, { isSilentAfter: true })]),
    });
    const stop = new AbortController();
    const running = camera.run(stop.signal);
    await eventually(
      () => camera.framesSeen,
      (count) => count === 20,
    );
    stop.abort();
    await running;
    expect(visitsOf(sent).size).toBe(1);
    expect(sent[0]?.visit?.frames).toBeGreaterThan(3);
  });

  it('that is live is tried again when its pictures could not be worked on, and is not ready until then', async () => {
    const sources: ScriptedSource[] = [];
    const states: unknown[] = [];
    const { camera, sent, told, metric } = await openCamera({
      script: (_, look) => {
        if (look === 1) throw new Error('out of memory');
        return oneFace();
      },
      capture: { mode: 'every' },
      openSource: async (_, options) => {
        if (sources.length === 1) states.push(camera.status);
        sources.push(new ScriptedSource(film(4), options, { isSilentAfter: true }));
        return sources.at(-1) as ScriptedSource;
      },
    });
    const stop = new AbortController();
    const running = camera.run(stop.signal);
    await eventually(
      () => sent.length,
      (count) => count === 5,
    );
    expect(states).toEqual([{ state: 'failed', error: 'out of memory', restarts: 0 }]);
    expect(camera.status).toEqual({ state: 'streaming', restarts: 1 });
    expect([await metric('camera_up'), await metric('camera_restarts')]).toEqual([1, 1]);
    expect(told).toEqual(['camera streams', 'camera failed', 'camera streams']);
    expect(sources.map(({ released }) => released)).toEqual([
      [1, 1],
      [1, 1, 1, 1],
    ]);
    stop.abort();
    await running;
  });

  it('that plays a file fails with it, and sends what was seen before', async () => {
    const { camera, sent, metric } = await openCamera({
      script: (_, look) => {
        if (look === 1) throw new Error('out of memory');
        return oneFace();
      },
      openSource: inTurn([(options) => new ScriptedSource(film(30), options, { kind: 'file' })]),
    });
    await expect(camera.run(new AbortController().signal)).rejects.toThrow('out of memory');
    expect(camera.status).toMatchObject({ state: 'failed', error: 'out of memory' });
    expect(await metric('camera_up')).toBe(0);
    expect(sent.length).toBe(1);
  });
});
