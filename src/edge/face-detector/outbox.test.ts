import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../../../test/support/eventually.ts';
import { serviceContext } from '../../../test/support/service.ts';
import { mintCaptureId } from '../../contract/capture-id.ts';
import { encodeReceipt } from '../../contract/receipts.ts';
import { sha256Hex } from '../../contract/sha256.ts';
import type { Capture } from './capture.ts';
import { detectorMetrics } from './detector-metrics.ts';
import { Outbox } from './outbox.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** An outbox, and a broker with perhaps a forwarder behind it. */
function setUp({ maxBytes = 2 ** 20, maximumPacketBytes = Number.POSITIVE_INFINITY } = {}) {
  const { config, log, metrics } = serviceContext({ device: 'gate', outbox: { maxBytes } });
  const network = { sent: [] as string[], isAnswering: true };
  const outbox: Outbox = new Outbox({
    config,
    log,
    metrics: detectorMetrics(metrics),
    link: {
      isUp: true,
      maximumPacketBytes,
      reconnect: () => undefined,
      async publish(topic, image) {
        const id = topic.split('/').at(-1) ?? '';
        network.sent.push(id);
        if (!network.isAnswering) return;
        const captures: [string, string][] = [[id, sha256Hex(image as Buffer)]];
        const payload = encodeReceipt({ state: 'held', captures, by: 'test' });
        outbox.receive({ topic: 'receipts', payload, qos: 1, retain: false, duplicate: false });
      },
    },
  });
  outbox.start();
  cleanups.push(() => outbox.stop());
  return { outbox, network };
}

function capture(bytes: number): Capture {
  const id = mintCaptureId(new Date());
  const image = randomBytes(bytes);
  const properties = { contentType: 'image/png', userProperties: {} } as Capture['properties'];
  return {
    id,
    topic: `face_detection/gate/captures/door/${id}`,
    image,
    sha256: sha256Hex(image),
    quality: 0.5,
    properties,
  };
}

describe('Outbox', () => {
  it('does not take what it sheds for an answer: while no forwarder is there only probes go', async () => {
    const { outbox, network } = setUp({ maxBytes: 2_000 });
    for (let count = 1; count <= 100; count += 1) {
      outbox.add(capture(100));
      await eventually(
        () => outbox.counts.held,
        (held) => held === count,
      );
    }
    network.isAnswering = false;
    for (let count = 0; count < 20; count += 1) outbox.add(capture(100));
    await sleep(2_200);
    const before = network.sent.length;
    for (let count = 0; count < 40; count += 1) {
      outbox.add(capture(100));
      await sleep(5);
    }
    expect(outbox.counts.evicted).toBe(40);
    expect(network.sent.length - before).toBeLessThanOrEqual(2);
  });

  it('leaves room in the largest packet of the broker for the topic and the properties', async () => {
    const { outbox, network } = setUp({ maximumPacketBytes: 10_000 });
    const [tooLarge, fits] = [capture(9_900), capture(5_000)];
    outbox.add(tooLarge);
    outbox.add(fits);
    await eventually(
      () => outbox.counts.held,
      (held) => held > 0,
    );
    expect(network.sent).toEqual([fits.id]);
  });
});
