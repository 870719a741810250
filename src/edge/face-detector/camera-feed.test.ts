import { setTimeout as sleep } from 'node:timers/promises';
import sharp from 'sharp';
import { afterEach, expect, it } from 'vitest';
import { drawnFace } from '../../../test/support/drawn-faces.ts';
import { eventually } from '../../../test/support/eventually.ts';
import { startHttpCamera } from '../../../test/support/http-camera.ts';
import { film, oneFace, openCamera, visitsOf } from '../../../test/support/opened-camera.ts';
import { partDescribe } from '../../../test/support/parts.ts';
import { ScriptedModel } from '../../../test/support/scripted-model.ts';
import { readMetadata } from '../../contract/capture-metadata.ts';
import { CaptureMaker } from './capture.ts';
import type { Frame } from './frame.ts';
import { cutRgb } from './picture/cut.ts';
import { openSource } from './sources/open-source.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

partDescribe('ffmpeg', 'a real camera', () => {
  /** A camera whose every picture shows the face at another place. */
  async function httpCamera(fps: number) {
    const pictures = await Promise.all(
      [...film(20, (index) => [drawnFace(20 + 8 * index)])].map((frame) =>
        sharp(cutRgb(frame, { x: 0, y: 0, width: frame.width, height: frame.height }), {
          raw: { width: frame.width, height: frame.height, channels: 3 },
        })
          .jpeg()
          .toBuffer(),
      ),
    );
    const camera = await startHttpCamera({ pictures, fps });
    cleanups.push(() => camera.stop());
    return camera;
  }

  it('loses frames when the model is slow, counts each, and always goes on with the newest in the same few buffers', async () => {
    const http = await httpCamera(100);
    const memory = new Set<unknown>();
    const unaccounted: number[] = [];
    let dropped = () => 0;
    const { camera, model } = await openCamera({
      camera: { source: http.url },
      capture: { mode: 'every' },
      script: async (picture) => {
        memory.add(picture.data.buffer);
        unaccounted.push((picture as Frame).index + 1 - camera.framesSeen - dropped());
        await sleep(60);
        return [];
      },
      openSource: async (spec, options) => {
        const source = await openSource(spec, { ...options, fps: undefined });
        dropped = () => source.counts.dropped;
        return source;
      },
    });
    const stop = new AbortController();
    const running = camera.run(stop.signal);
    await eventually(
      () => model.looks,
      (count) => count >= 40,
    );
    stop.abort();
    await running;
    expect(dropped()).toBeGreaterThan(40);
    expect(new Set(unaccounted)).toEqual(new Set([0]));
    expect(memory.size).toBeLessThanOrEqual(6);
  });

  it('gives, as a whole frame, exactly what the video showed, and says where in it the face is', async () => {
    const http = await httpCamera(20);
    const originals = new Map<number, Buffer>();
    const images: Buffer[] = [];
    const { config, camera } = await openCamera({
      camera: { source: http.url },
      capture: { mode: 'every', include: 'frame' },
      script: (picture) => {
        const { width, height, index } = picture as Frame;
        originals.set(index, cutRgb(picture, { x: 0, y: 0, width, height }));
        return oneFace();
      },
      onShot: async (id, shot) => {
        const maker = new CaptureMaker({
          prefix: 'p',
          device: 'gate',
          model: new ScriptedModel(() => []),
          ...config.capture,
        });
        images.push((await maker.make(id, shot)).image);
      },
    });
    const stop = new AbortController();
    const running = camera.run(stop.signal);
    await eventually(
      () => images.length,
      (count) => count >= 5,
    );
    stop.abort();
    await running;
    for (const image of images) {
      const metadata = readMetadata(image);
      expect(metadata).toMatchObject({
        image: 'frame',
        frame: { width: 320, height: 180 },
        crop: { x: 0, y: 0, width: 320, height: 180 },
        box: { x: 100, y: 60, width: 48, height: 60 },
      });
      const pixels = await sharp(image).raw().toBuffer();
      expect(Buffer.compare(pixels, originals.get(metadata?.frame.index ?? -1) ?? Buffer.alloc(0))).toBe(0);
    }
  });

  it('is not connected to outside its hours; when they end, what is pending is sent', async () => {
    const http = await httpCamera(20);
    let time = new Date(2026, 5, 1, 7, 59, 50);
    const { camera, sent, metric } = await openCamera({
      camera: { source: http.url, schedule: [{ from: '08:00', to: '18:00' }] },
      script: oneFace,
      now: () => time,
    });
    const stop = new AbortController();
    const running = camera.run(stop.signal);
    cleanups.push(() => stop.abort());
    await sleep(1500);
    expect([camera.status.state, http.requests, camera.framesSeen]).toEqual(['off', 0, 0]);
    for (const day of [1, 2]) {
      time = new Date(2026, 5, day, 8, 0);
      const seen = camera.framesSeen;
      await eventually(
        () => camera.framesSeen,
        (count) => count >= seen + 6,
      );
      expect([http.requests, http.viewers, await metric('camera_up')]).toEqual([day, 1, 1]);
      time = new Date(2026, 5, day, 18, 0);
      await eventually(
        () => camera.status.state,
        (state) => state === 'off',
      );
      await eventually(
        () => visitsOf(sent).size,
        (visits) => visits === day,
      );
      expect(await metric('camera_up')).toBe(0);
      await eventually(
        () => http.viewers,
        (count) => count === 0,
      );
    }
    stop.abort();
    await running;
    expect(await metric('camera_restarts')).toBe(0);
  });
});
