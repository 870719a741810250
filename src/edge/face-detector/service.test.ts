import { setTimeout as sleep } from 'node:timers/promises';
import sharp from 'sharp';
import { afterEach, expect, it } from 'vitest';
import { childrenOf, isRunning } from '../../../test/support/child-processes.ts';
import { eventually } from '../../../test/support/eventually.ts';
import { temporaryFolder } from '../../../test/support/folder.ts';
import { freePort } from '../../../test/support/free-port.ts';
import { startHttpCamera } from '../../../test/support/http-camera.ts';
import { createEdge } from '../../../test/support/link.ts';
import { countsOf } from '../../../test/support/metric-counts.ts';
import { startMosquitto } from '../../../test/support/mosquitto.ts';
import { partDescribe } from '../../../test/support/parts.ts';
import { makePhotos, PHOTOS } from '../../../test/support/photos.ts';
import { serviceContext } from '../../../test/support/service.ts';
import { SightlineProcess } from '../../../test/support/sightline.ts';
import { readMetadata } from '../../contract/capture-metadata.ts';
import { encodeReceipt } from '../../contract/receipts.ts';
import { sha256Hex } from '../../contract/sha256.ts';
import { parseTopic } from '../../contract/topics.ts';
import type { Message } from '../../platform/mqtt/connection.ts';
import type { MqttLink } from '../../platform/mqtt/link.ts';
import { createFaceDetector, type FaceDetectorOptions } from './service.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A broker, and a forwarder that holds whatever comes. */
async function startBroker() {
  const mosquitto = await startMosquitto();
  cleanups.push(() => mosquitto.stop());
  const got: Message[] = [];
  const far: MqttLink = createEdge(mosquitto.url, {
    subscriptions: [{ filter: 'face_detection/#', qos: 1 }],
    onMessage: async (message) => {
      got.push(message);
      const topic = parseTopic('face_detection', message.topic);
      if (topic.type !== 'capture') return;
      const captures: [string, string][] = [[topic.id, sha256Hex(message.payload)]];
      void far.publish(
        `face_detection/${topic.device}/receipts`,
        encodeReceipt({ state: 'held', captures, by: 'test' }),
        {
          qos: 1,
        },
      );
    },
  });
  cleanups.push(() => far.stop());
  far.start();
  await eventually(() => far.isUp, Boolean);
  return { mosquitto, got, captured: () => got.filter(({ topic }) => topic.includes('/captures/')) };
}

/** And a detector with these cameras. */
async function setUp(cameras: readonly object[], options: FaceDetectorOptions, capture: object = {}) {
  const { mosquitto, got, captured } = await startBroker();
  const context = serviceContext({ device: 'gate', cameras, capture, edge: { broker: mosquitto.url } });
  const detector = createFaceDetector(context, options);
  cleanups.push(() => detector.stop());
  await detector.start();
  const metric = async (name: string, camera: string) => (await countsOf(context.metrics, name, 'camera'))[camera];
  /** The cameras as the detector tells of them on the broker, by id. */
  const told = () => {
    const stats = got.findLast(({ topic }) => topic === 'face_detection/gate/stats');
    const { cameras: list = [] } = JSON.parse(stats?.payload.toString() ?? '{}');
    return Object.fromEntries(list.map((one: { id: string; state: string }) => [one.id, one.state]));
  };
  return { got, detector, captured, mosquitto, metric, told };
}

/** A camera that shows a photograph of two people. */
async function photoCamera() {
  const picture = await sharp(PHOTOS[0]).resize(640).jpeg().toBuffer();
  const camera = await startHttpCamera({ pictures: [picture], fps: 10 });
  cleanups.push(() => camera.stop());
  return camera;
}

partDescribe('mosquitto', 'the face-detector on a real Mosquitto', () => {
  it('serves several cameras in one process; one that is away holds up none', async () => {
    const folder = temporaryFolder();
    cleanups.push(folder.remove);
    await makePhotos(`${folder.path}/one`, 1);
    await makePhotos(`${folder.path}/two`, 2);
    const away = `http://127.0.0.1:${await freePort()}/cam`;
    const { detector, captured, got } = await setUp(
      [
        { id: 'one', source: `${folder.path}/one` },
        { id: 'two', source: `${folder.path}/two` },
        { id: 'away', source: away },
      ],
      { pace: 'max' },
      { mode: 'every' },
    );
    await eventually(
      () => detector.counts(),
      ({ frames, waiting }) => frames === 3 && waiting === 0,
      25_000,
    );
    const cameras = captured().map(({ payload }) => readMetadata(payload)?.camera);
    expect(new Set(cameras)).toEqual(new Set(['one', 'two']));
    expect(detector.counts()).toMatchObject({ captured: cameras.length, held: cameras.length, evicted: 0 });
    const down = detector.readiness().find(({ name }) => name === 'camera-away');
    expect(down).toMatchObject({ ok: false });
    expect(got.find(({ topic }) => topic === 'face_detection/gate/status')?.payload.toString()).toBe('online');
  });

  it('writes into each image what its topic says, and numbers them one after the other', async () => {
    const folder = temporaryFolder();
    cleanups.push(folder.remove);
    await makePhotos(folder.path, 2);
    const { detector, captured } = await setUp([{ id: 'door', source: folder.path }], { pace: 'max', once: true });
    await detector.finished();
    const metadata = captured().map(({ topic, payload }) => ({
      address: parseTopic('face_detection', topic),
      facts: readMetadata(payload),
    }));
    expect(metadata.length).toBeGreaterThan(2);
    for (const { address, facts } of metadata) {
      expect(address).toMatchObject({ device: facts?.device, camera: facts?.camera, id: facts?.id });
      expect(facts?.visit).toMatchObject({ shot: 1, frames: 1 });
    }
    expect(metadata.map(({ facts }) => facts?.seq)).toEqual(metadata.map((_, index) => index));
    expect(new Set(metadata.map(({ facts }) => facts?.run)).size).toBe(1);
  });
});

partDescribe('ffmpeg', 'the face-detector', () => {
  partDescribe('mosquitto', 'with cameras that fail', () => {
    it('reads one at its rate while another says nothing, and tells of both in metrics, readiness and on the broker', async () => {
      const [good, bad] = [await photoCamera(), await photoCamera()];
      bad.mood = 'silent';
      const { detector, captured, metric, told } = await setUp(
        [
          { id: 'bad', source: bad.url },
          { id: 'good', source: good.url },
        ],
        {},
      );
      await eventually(() => metric('camera_up', 'good'), Boolean);
      await eventually(
        () => captured().length,
        (count) => count >= 2,
      );
      const readiness = () => detector.readiness().find(({ name }) => name === 'camera-bad');
      expect([await metric('camera_up', 'bad'), readiness()?.ok]).toEqual([0, false]);
      const [shown, seen] = [good.shown, (await metric('camera_frames', 'good')) ?? 0];
      await eventually(
        () => readiness()?.detail,
        (detail) => detail === 'No picture came from the camera for 10 s',
        25_000,
      );
      const [shownThen, seenThen] = [good.shown - shown, ((await metric('camera_frames', 'good')) ?? 0) - seen];
      expect(shownThen).toBeGreaterThan(0);
      expect(seenThen).toBeGreaterThan(0.5 * shownThen);
      await eventually(told, ({ good: one, bad: other }) => one === 'streaming' && other !== 'streaming', 25_000);
      bad.mood = 'shows';
      await eventually(() => metric('camera_up', 'bad'), Boolean, 40_000);
      expect(await metric('camera_restarts', 'bad')).toBeGreaterThan(0);
      expect(await metric('camera_restarts', 'good')).toBe(0);
      expect(new Set(captured().map(({ payload }) => readMetadata(payload)?.camera))).toContain('good');
      await eventually(told, ({ bad: other }) => other === 'streaming', 25_000);
    }, 120_000);

    it('reads one without a break while the ffmpeg of another is killed, which comes back', async () => {
      const [one, two] = [await photoCamera(), await photoCamera()];
      const before = new Set(childrenOf(process.pid).map(({ pid }) => pid));
      const { metric } = await setUp(
        [
          { id: 'one', source: one.url },
          { id: 'two', source: two.url },
        ],
        {},
      );
      const readers = () =>
        childrenOf(process.pid).filter(({ pid, command }) => command === 'ffmpeg' && !before.has(pid));
      await eventually(
        async () => (await metric('camera_up', 'one')) === 1 && (await metric('camera_up', 'two')) === 1,
        Boolean,
      );
      process.kill(readers()[0]?.pid ?? 0, 'SIGKILL');
      const restarts = async () => [await metric('camera_restarts', 'one'), await metric('camera_restarts', 'two')];
      const after = await eventually(restarts, (counts) => counts.includes(1));
      expect(after.toSorted()).toEqual([0, 1]);
      await eventually(
        async () => (await metric('camera_up', 'one')) === 1 && (await metric('camera_up', 'two')) === 1,
        Boolean,
      );
      expect([one.requests, two.requests].toSorted()).toEqual([1, 2]);
    }, 60_000);

    it('does not connect to one outside its hours, which is no fault', async () => {
      const camera = await photoCamera();
      const hour = (offset: number) => `${String((new Date().getHours() + offset) % 24).padStart(2, '0')}:00`;
      const { detector, told } = await setUp(
        [{ id: 'night', source: camera.url, schedule: [{ from: hour(6), to: hour(8) }] }],
        {},
      );
      await eventually(told, ({ night }) => night === 'off');
      await sleep(1500);
      expect(camera.requests).toBe(0);
      expect(detector.readiness().find(({ name }) => name === 'camera-night')).toMatchObject({
        ok: true,
        detail: 'off',
      });
    });

    it('sends what it saw of people who are still there when it is asked to end, and leaves no ffmpeg behind', async () => {
      const camera = await photoCamera();
      const { mosquitto, captured } = await startBroker();
      const folder = temporaryFolder();
      cleanups.push(folder.remove);
      const detector = new SightlineProcess(['face-detector'], {
        cwd: folder.path,
        env: {
          SIGHTLINE_DEVICE: 'gate',
          SIGHTLINE_CAMERAS_0_ID: 'door',
          SIGHTLINE_CAMERAS_0_SOURCE: camera.url,
          SIGHTLINE_EDGE_BROKER: mosquitto.url,
          SIGHTLINE_HTTP_PORT: String(await freePort()),
        },
      });
      cleanups.push(() => detector.signal('SIGKILL'));
      await eventually(
        () => camera.shown,
        (count) => count >= 12,
      );
      const children = childrenOf(detector.pid).map(({ pid }) => pid);
      expect(children.length).toBeGreaterThan(0);
      const { code, stderr } = await detector.stop();
      expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.not.stringContaining('are lost') });
      expect(captured().length).toBeGreaterThanOrEqual(2);
      expect(children.filter(isRunning)).toEqual([]);
    });
  });
});
