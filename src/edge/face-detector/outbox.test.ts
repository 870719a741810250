import { afterEach, expect, it } from 'vitest';
import { eventually } from '../../../test/support/eventually.ts';
import { createEdge } from '../../../test/support/link.ts';
import { type Mosquitto, startMosquitto } from '../../../test/support/mosquitto.ts';
import { partDescribe } from '../../../test/support/parts.ts';
import { serviceContext } from '../../../test/support/service.ts';
import { mintCaptureId } from '../../contract/capture-id.ts';
import { encodeReceipt } from '../../contract/receipts.ts';
import { sha256Hex } from '../../contract/sha256.ts';
import type { Message } from '../../platform/mqtt/connection.ts';
import type { MqttLink } from '../../platform/mqtt/link.ts';
import type { Capture } from './capture.ts';
import { detectorMetrics } from './detector-metrics.ts';
import { Outbox } from './outbox.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function capture(quality: number, bytes = 1000): Capture {
  const id = mintCaptureId(new Date());
  const image = Buffer.alloc(bytes, id);
  return {
    id,
    topic: `face_detection/gate/captures/door/${id}`,
    image,
    sha256: sha256Hex(image),
    quality,
    properties: { contentType: 'image/png', userProperties: {} },
  };
}

/** An outbox on a real broker, and a forwarder that answers as told. */
async function setUp({ config = {}, answers = true }: { config?: object; answers?: boolean } = {}) {
  const mosquitto: Mosquitto = await startMosquitto();
  cleanups.push(() => mosquitto.stop());
  const got: Message[] = [];
  const far: MqttLink = createEdge(mosquitto.url, {
    subscriptions: [{ filter: '#', qos: 1 }],
    onMessage: async (message) => {
      got.push(message);
      const id = /captures\/door\/(.*)/.exec(message.topic)?.[1];
      if (answers && id) await receipt('held', id, sha256Hex(message.payload));
    },
  });
  const receipt = async (state: 'held' | 'refused', id: string, sha256: string) => {
    const payload = encodeReceipt({
      state,
      captures: [[id, sha256]],
      by: 'test',
      ...(state === 'refused' ? { reason: 'damaged' as const } : {}),
    });
    void far.publish('face_detection/gate/receipts', payload, { qos: 1 });
  };
  const context = serviceContext({ edge: { broker: mosquitto.url }, ...config });
  const link: MqttLink = createEdge(mosquitto.url, {
    subscriptions: [{ filter: 'face_detection/gate/receipts', qos: 1 }],
    onMessage: async (message) => outbox.receive(message),
    onUp: () => outbox.linkUp(),
    onDown: () => outbox.linkDown(),
  });
  const outbox: Outbox = new Outbox({
    config: context.config,
    link,
    log: context.log,
    metrics: detectorMetrics(context.metrics),
  });
  cleanups.push(() => Promise.all([link.stop(), far.stop(), outbox.stop()]));
  far.start();
  await eventually(() => far.isUp, Boolean);
  return { mosquitto, outbox, link, got, receipt };
}

partDescribe('mosquitto', 'the outbox of the face-detector', () => {
  it('lets captures go when the forwarder holds them', async () => {
    const { outbox, link } = await setUp();
    link.start();
    outbox.start();
    for (let index = 0; index < 30; index += 1) outbox.add(capture(0.5));
    await outbox.empty(AbortSignal.timeout(10_000));
    expect(outbox.counts).toEqual({ held: 30, refused: 0, evicted: 0, released: 0 });
    expect(outbox.bytes).toBe(0);
  });

  it('keeps them while the broker is away, and delivers them when it is back', async () => {
    const { mosquitto, outbox, link, got } = await setUp();
    link.start();
    outbox.start();
    await eventually(() => link.isUp, Boolean);
    await mosquitto.kill();
    for (let index = 0; index < 5; index += 1) outbox.add(capture(0.5));
    expect(outbox.captures).toBe(5);
    await mosquitto.restart();
    await outbox.empty(AbortSignal.timeout(20_000));
    expect(outbox.counts.held).toBe(5);
    expect(got.length).toBeGreaterThanOrEqual(5);
  });

  it('believes no receipt with another hash', async () => {
    const { outbox, link, got, receipt } = await setUp({ answers: false });
    link.start();
    outbox.start();
    const one = capture(0.5);
    outbox.add(one);
    await eventually(
      () => got.length,
      (count) => count > 0,
    );
    await receipt('held', one.id, 'b'.repeat(64));
    await eventually(
      () => got.length,
      (count) => count > 1,
    );
    expect(outbox.captures).toBe(1);
    await receipt('refused', one.id, one.sha256);
    await outbox.empty(AbortSignal.timeout(5_000));
    expect(outbox.counts).toMatchObject({ refused: 1, held: 0 });
  });

  it('sheds the lowest quality when memory is full, and counts it', async () => {
    const { outbox } = await setUp({ config: { outbox: { maxBytes: 3500 } } });
    const worst = capture(0.1);
    for (const one of [capture(0.5), worst, capture(0.9), capture(0.7)]) outbox.add(one);
    expect(outbox.counts.evicted).toBe(1);
    expect(outbox.captures).toBe(3);
  });

  it('in the bare dialect publishes bytes on the prefix, and lets go at the acknowledgement', async () => {
    const { outbox, link, got } = await setUp({ answers: false, config: { edge: { dialect: 'bare' } } });
    link.start();
    outbox.start();
    const one = capture(0.5);
    outbox.add(one);
    await outbox.empty(AbortSignal.timeout(5_000));
    expect(outbox.counts.released).toBe(1);
    await eventually(
      () => got.map(({ topic }) => topic),
      (topics) => topics.includes('face_detection'),
    );
  });
});
