import { afterEach, expect, it } from 'vitest';
import { eventually } from '../../../test/support/eventually.ts';
import { temporaryFolder } from '../../../test/support/folder.ts';
import { createEdge } from '../../../test/support/link.ts';
import { startMosquitto } from '../../../test/support/mosquitto.ts';
import { partDescribe } from '../../../test/support/parts.ts';
import { serviceContext } from '../../../test/support/service.ts';
import { mintCaptureId } from '../../contract/capture-id.ts';
import { pattern } from '../../contract/fixtures/test-images.ts';
import { captureTopic } from '../../contract/topics.ts';
import { createForwarder } from './service.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A forwarder between two Mosquittos, and a link to the edge on which the device's status and receipts can be read. */
async function setUp() {
  const [edge, cloud] = [await startMosquitto(), await startMosquitto()];
  const { path, remove } = temporaryFolder();
  cleanups.push(remove, edge.stop, cloud.stop);
  const seen: string[] = [];
  const watch = (url: string) => {
    const link = createEdge(url, {
      subscriptions: [{ filter: 'face_detection/gate/+', qos: 1 }],
      onMessage: async ({ topic, payload }) => {
        const what = topic.split('/').at(-1);
        if (what !== 'stats') seen.push(what === 'status' ? payload.toString() : (what ?? ''));
      },
    });
    link.start();
    cleanups.push(() => link.stop());
    return link;
  };
  const links = [watch(edge.url), watch(cloud.url)] as const;
  const config = {
    device: 'gate',
    edge: { broker: edge.url },
    cloud: { broker: cloud.url },
    spool: { path, minFreeBytes: 1 },
  };
  const forwarder = createForwarder(serviceContext(config));
  await forwarder.start();
  cleanups.push(() => forwarder.stop());
  await eventually(() => links.every(({ isUp }) => isUp) && forwarder.readiness().every(({ ok }) => ok), Boolean);
  await eventually(() => seen.includes('online'), Boolean);
  const publish = async () => {
    const topic = captureTopic('face_detection', { device: 'gate', camera: 'door', id: mintCaptureId(new Date()) });
    await links[0].publish(topic, await pattern(16, 16, 3).png().toBuffer(), { qos: 1 });
  };
  return { edge, cloud, forwarder, seen, publish };
}

partDescribe('mosquitto', 'a forwarder that is told to stop', () => {
  it('says held for what it has just taken, and offline, before it goes', async () => {
    const { forwarder, seen, publish } = await setUp();
    await publish();
    await eventually(() => forwarder.status().counts.pending === 1, Boolean);
    await forwarder.stop();
    await eventually(() => seen.includes('offline') && seen.includes('receipts'), Boolean);
  });

  it('waits but a moment for brokers that hang', async () => {
    const { edge, cloud, forwarder, publish } = await setUp();
    await publish();
    await eventually(() => forwarder.status().counts.pending === 1, Boolean);
    edge.freeze();
    cloud.freeze();
    const startedAt = performance.now();
    await forwarder.stop();
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });
});
