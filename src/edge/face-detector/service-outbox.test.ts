import sharp from 'sharp';
import { afterEach, expect, it } from 'vitest';
import { eventually } from '../../../test/support/eventually.ts';
import { temporaryFolder } from '../../../test/support/folder.ts';
import { startHttpCamera } from '../../../test/support/http-camera.ts';
import { createEdge } from '../../../test/support/link.ts';
import { startMosquitto } from '../../../test/support/mosquitto.ts';
import { partDescribe } from '../../../test/support/parts.ts';
import { makePhotos, PHOTOS } from '../../../test/support/photos.ts';
import { serviceContext } from '../../../test/support/service.ts';
import { createFaceDetector } from './service.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A detector at full speed on a broker behind which nobody holds anything. */
async function startDetector(cameras: readonly object[], outbox: object) {
  const mosquitto = await startMosquitto();
  cleanups.push(() => mosquitto.stop());
  const edge = { broker: mosquitto.url };
  const context = serviceContext({ device: 'gate', cameras, capture: { mode: 'every' }, edge, outbox });
  const detector = createFaceDetector(context, { pace: 'max' });
  cleanups.push(() => detector.stop());
  await detector.start();
  return { detector, mosquitto };
}

partDescribe('mosquitto', 'a detector whose outbox is full', () => {
  partDescribe('ffmpeg', 'at full speed', () => {
    it('goes on looking at a live camera and sheds', async () => {
      const picture = await sharp(PHOTOS[0]).resize(640).jpeg().toBuffer();
      const camera = await startHttpCamera({ pictures: [picture], fps: 10 });
      cleanups.push(() => camera.stop());
      const { detector, mosquitto } = await startDetector([{ id: 'door', source: camera.url }], { maxBytes: '150KB' });
      const { evicted, frames } = await eventually(
        () => detector.counts(),
        (counts) => counts.evicted > 4,
        40_000,
      );
      await eventually(
        () => detector.counts(),
        (counts) => counts.evicted > evicted + 4 && counts.frames > frames,
        40_000,
      );
      expect(detector.readiness().find(({ name }) => name === 'outbox')).toMatchObject({
        ok: true,
        detail: expect.stringMatching(/^memory, \d+ captures wait; full/),
      });
      const told: string[] = [];
      const far = createEdge(mosquitto.url, {
        subscriptions: [{ filter: 'face_detection/gate/stats', qos: 1 }],
        onMessage: async ({ payload }) => void told.push(payload.toString()),
      });
      cleanups.push(() => far.stop());
      far.start();
      await eventually(
        () => told.length,
        (count) => count > 0,
        25_000,
      );
      const stats = JSON.parse(told[0] ?? '');
      expect(stats.evicted).toBeGreaterThan(0);
      expect(stats.outbox).toMatchObject({ type: 'memory', gap: 0, tooLarge: 0 });
      expect(stats.outbox.bytes).toBeGreaterThan(0);
    }, 120_000);
  });

  it.each(['memory', 'disk'])(
    'in %s: waits with the pictures of a folder and sheds none',
    async (type) => {
      const folder = temporaryFolder();
      cleanups.push(folder.remove);
      await makePhotos(`${folder.path}/photos`, 12);
      const { detector } = await startDetector([{ id: 'door', source: `${folder.path}/photos` }], {
        ...{ type, path: `${folder.path}/outbox`, minFreeBytes: 1 },
        maxBytes: '300KB',
      });
      let frames = -1;
      // Until a while has passed in which nothing was looked at.
      await eventually(
        async () => {
          const before = frames;
          await new Promise((resolve) => setTimeout(resolve, 3_000));
          frames = detector.counts().frames;
          return frames > 0 && frames === before;
        },
        Boolean,
        60_000,
      );
      expect(frames).toBeLessThan(12);
      expect(detector.counts()).toMatchObject({ evicted: 0 });
      expect(detector.counts().waiting).toBeGreaterThan(0);
    },
    90_000,
  );
});
