import { afterEach, expect, it } from 'vitest';
import { eventually } from '../../../test/support/eventually.ts';
import { temporaryFolder } from '../../../test/support/folder.ts';
import { freePort } from '../../../test/support/free-port.ts';
import { createEdge } from '../../../test/support/link.ts';
import { startMosquitto } from '../../../test/support/mosquitto.ts';
import { partDescribe } from '../../../test/support/parts.ts';
import { makePhotos } from '../../../test/support/photos.ts';
import { serviceContext } from '../../../test/support/service.ts';
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

/** A broker, a forwarder that holds whatever comes, and a detector with these cameras. */
async function setUp(cameras: readonly object[], options: FaceDetectorOptions, capture: object = {}) {
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
  const context = serviceContext({ device: 'gate', cameras, capture, edge: { broker: mosquitto.url } });
  const detector = createFaceDetector(context, options);
  cleanups.push(() => detector.stop());
  await detector.start();
  const captured = () => got.filter(({ topic }) => topic.includes('/captures/'));
  return { got, detector, captured, mosquitto };
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
