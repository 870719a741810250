import { expect, it } from 'vitest';
import { eventually } from '../../../test/support/eventually.ts';
import { forwarderSite, makeCapture } from '../../../test/support/forwarder-site.ts';
import { partDescribe } from '../../../test/support/parts.ts';
import { decodeForwarderStats, MAX_STATS_BYTES } from '../../contract/forwarder-stats.ts';
import type { Message } from '../../platform/mqtt/connection.ts';
import { SOFTWARE } from '../../platform/version.ts';

const TOPIC = 'face_detection/gate/stats';

const site = forwarderSite();

/** What a broker holds of the device's stats, read anew. */
async function retained(url: string): Promise<Message> {
  const got: Message[] = [];
  const link = site.link(url, {
    subscriptions: [{ filter: TOPIC, qos: 0 }],
    onMessage: async (message) => void got.push(message),
  });
  await eventually(() => got.length > 0, Boolean);
  await link.stop();
  return got[0] as Message;
}

partDescribe('mosquitto', 'the stats of a forwarder', () => {
  it('stay on the cloud broker when it is gone, as it stood at the end', async () => {
    const { camera, cloud, forwarder } = await site.setUp();
    const { topic, payload } = await makeCapture();
    await camera.publish(topic, payload, { qos: 1 });
    await eventually(() => forwarder.status().counts.pending === 1, Boolean);
    await forwarder.stop();
    const message = await retained(cloud.url);
    expect(message.retain).toBe(true);
    expect(message.payload.length).toBeLessThanOrEqual(MAX_STATS_BYTES);
    const stats = decodeForwarderStats(message.payload);
    expect(stats).toMatchObject({ version: 1, software: SOFTWARE, captured: 1, gap: 0, cameras: [] });
    expect(stats?.counts?.pending).toBe(1);
    expect(stats?.freeBytes).toBeGreaterThan(0);
  });

  it('tell within seconds what a detector says of its cameras', async () => {
    const { edge, cloud } = await site.setUp();
    const detector = site.link(edge.url);
    await eventually(() => detector.isUp, Boolean);
    const tell = (state: string) =>
      detector.publish(TOPIC, JSON.stringify({ service: 'face-detector', cameras: [{ id: 'door', state }] }), {
        qos: 1,
      });
    const seen = async () => decodeForwarderStats((await retained(cloud.url)).payload);
    await tell('streaming');
    const first = await eventually(seen, (stats) => stats?.cameras?.length === 1, 25_000);
    expect(first?.cameras).toEqual([{ id: 'door', state: 'up' }]);
    await tell('failed');
    await eventually(seen, (stats) => stats?.cameras?.[0]?.state === 'down', 25_000);
  }, 60_000);
});
