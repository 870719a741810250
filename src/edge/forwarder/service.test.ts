import { randomBytes } from 'node:crypto';
import sharp from 'sharp';
import { afterEach, expect, it } from 'vitest';
import { eventually } from '../../../test/support/eventually.ts';
import { temporaryFolder } from '../../../test/support/folder.ts';
import { createEdge } from '../../../test/support/link.ts';
import { type Mosquitto, startMosquitto } from '../../../test/support/mosquitto.ts';
import { partDescribe } from '../../../test/support/parts.ts';
import { serviceContext } from '../../../test/support/service.ts';
import { mintCaptureId } from '../../contract/capture-id.ts';
import { decodeReceipt, encodeReceipt, type Receipt } from '../../contract/receipts.ts';
import { sha256Hex } from '../../contract/sha256.ts';
import { captureTopic, parseTopic } from '../../contract/topics.ts';
import type { Message } from '../../platform/mqtt/connection.ts';
import type { MqttLink } from '../../platform/mqtt/link.ts';
import { createForwarder, type ForwarderService } from './service.ts';

const PREFIX = 'face_detection';
const DEVICE = 'gate';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function broker(): Promise<Mosquitto> {
  const mosquitto = await startMosquitto();
  cleanups.push(() => mosquitto.stop());
  return mosquitto;
}

function link(url: string, options: Parameters<typeof createEdge>[1] = {}): MqttLink {
  const made = createEdge(url, options);
  made.start();
  cleanups.push(() => made.stop());
  return made;
}

async function start(edge: string, cloud: string, spool: string, more = {}): Promise<ForwarderService> {
  const config = {
    device: DEVICE,
    edge: { broker: edge },
    cloud: { broker: cloud },
    spool: { path: spool, minFreeBytes: 1 },
    ...more,
  };
  const forwarder = createForwarder(serviceContext(config));
  await forwarder.start();
  cleanups.push(() => forwarder.stop());
  return forwarder;
}

/** A spool folder, two brokers, a forwarder between them, and somebody at the edge who publishes and reads receipts. */
async function setUp(more = {}) {
  const [edge, cloud] = [await broker(), await broker()];
  const folder = temporaryFolder();
  cleanups.push(folder.remove);
  const receipts: Receipt[] = [];
  const camera = link(edge.url, {
    subscriptions: [{ filter: `${PREFIX}/+/receipts`, qos: 1 }],
    onMessage: async ({ payload }) => void receipts.push(decodeReceipt(payload) as Receipt),
  });
  const forwarder = await start(edge.url, cloud.url, folder.path, more);
  await eventually(() => camera.isUp && forwarder.readiness().every(({ ok }) => ok), Boolean);
  return { edge, cloud, folder, receipts, camera, forwarder };
}

/** What stands in the cloud: answers every capture, unless told to be silent. */
function processor(url: string, answer: (message: Message) => Receipt['state'] | undefined = () => 'stored') {
  const got: Message[] = [];
  const made = link(url, {
    subscriptions: [
      { filter: `${PREFIX}/+/captures/#`, qos: 1 },
      { filter: PREFIX, qos: 1 },
    ],
    onMessage: async (message) => {
      got.push(message);
      const topic = parseTopic(PREFIX, message.topic);
      const state = topic.type === 'capture' ? answer(message) : undefined;
      if (topic.type !== 'capture' || !state) return;
      const receipt = encodeReceipt({
        state,
        captures: [[topic.id, sha256Hex(message.payload)]],
        by: 'test',
        ...(state === 'refused' ? { reason: 'damaged' } : {}),
      });
      void made.publish(`${PREFIX}/${topic.device}/receipts`, receipt, { qos: 1 });
    },
  });
  return { got, link: made };
}

async function image(): Promise<Buffer> {
  const pixels = randomBytes(16 * 16 * 3);
  return sharp(pixels, { raw: { width: 16, height: 16, channels: 3 } })
    .png()
    .toBuffer();
}

const capture = async (device = DEVICE) => {
  const id = mintCaptureId(new Date());
  return { id, topic: captureTopic(PREFIX, { device, camera: 'door', id }), payload: await image() };
};

partDescribe('mosquitto', 'the forwarder between two real Mosquittos', () => {
  it('says held for what it has on disk, and lets go of it when the store has it', async () => {
    const { camera, cloud, receipts, forwarder } = await setUp();
    const { got } = processor(cloud.url);
    const sent = await Promise.all(Array.from({ length: 20 }, () => capture()));
    for (const { topic, payload } of sent) await camera.publish(topic, payload, { qos: 1 });
    await eventually(
      () => forwarder.status().counts,
      ({ stored }) => stored === 20,
    );
    expect(got.map(({ topic }) => topic).sort()).toEqual(sent.map(({ topic }) => topic).sort());
    const held = receipts.filter(({ state }) => state === 'held').flatMap(({ captures }) => captures);
    expect(new Map(held)).toEqual(new Map(sent.map(({ id, payload }) => [id, sha256Hex(payload)])));
    expect(forwarder.status()).toMatchObject({ pendingBytes: 0, counts: { pending: 0 } });
  });

  it('keeps what the cloud cannot take, over a restart of its own, and sends it later', async () => {
    const { camera, edge, cloud, folder, forwarder, receipts } = await setUp();
    await cloud.kill();
    for (let index = 0; index < 5; index += 1) {
      const { topic, payload } = await capture(index % 2 ? 'other' : DEVICE);
      await camera.publish(topic, payload, { qos: 1 });
    }
    await eventually(
      () => receipts.flatMap(({ captures }) => captures).length,
      (count) => count === 5,
    );
    await forwarder.stop();
    await cloud.restart();
    const { got } = processor(cloud.url);
    const again = await start(edge.url, cloud.url, folder.path);
    await eventually(
      () => again.status().counts,
      ({ stored }) => stored === 5,
    );
    expect(new Set(got.map(({ topic }) => topic)).size).toBe(5);
  });

  it('sends again what got no receipt, and believes none with another hash, none retained, none of its own', async () => {
    const { camera, cloud, forwarder } = await setUp();
    const silent = { isSilent: true };
    const { got, link: far } = processor(cloud.url, () => (silent.isSilent ? undefined : 'stored'));
    await eventually(() => far.isUp, Boolean);
    const { id, topic, payload } = await capture();
    await camera.publish(topic, payload, { qos: 1 });
    await eventually(
      () => got.length,
      (count) => count > 0,
    );
    const forged = encodeReceipt({ state: 'stored', captures: [[id, 'a'.repeat(64)]], by: 'forger' });
    await far.publish(`${PREFIX}/${DEVICE}/receipts`, forged, { qos: 1 });
    await far.publish(`${PREFIX}/${DEVICE}/receipts`, 'not a receipt', { qos: 1 });
    await far.publish(
      `${PREFIX}/${DEVICE}/receipts`,
      encodeReceipt({ state: 'held', captures: [[id, sha256Hex(payload)]], by: 'x' }),
      { qos: 1 },
    );
    expect(forwarder.status().counts.pending).toBe(1);
    silent.isSilent = false;
    await cloud.restart();
    await eventually(
      () => forwarder.status().counts.stored,
      (stored) => stored === 1,
    );
    expect(got.length).toBeGreaterThan(1);
  });

  it('answers a repeat from its record, and sends it no second time', async () => {
    const { camera, cloud, receipts, forwarder } = await setUp();
    const { got } = processor(cloud.url);
    const { topic, payload } = await capture();
    await camera.publish(topic, payload, { qos: 1 });
    await eventually(
      () => forwarder.status().counts.stored,
      (stored) => stored === 1,
    );
    await camera.publish(topic, payload, { qos: 1 });
    await eventually(
      () => receipts.at(-1)?.state,
      (state) => state === 'stored',
    );
    expect(got).toHaveLength(1);
  });

  it('refuses the same id with other bytes, and leaves the first untouched', async () => {
    const { camera, receipts, forwarder } = await setUp();
    const { topic, payload } = await capture();
    await camera.publish(topic, payload, { qos: 1 });
    await eventually(
      () => receipts.length,
      (count) => count === 1,
    );
    await camera.publish(topic, await image(), { qos: 1 });
    await eventually(
      () => receipts.at(-1)?.reason,
      (reason) => reason === 'conflict',
    );
    expect(forwarder.status().counts).toMatchObject({ pending: 1, refused: 1 });
  });

  it('takes bare images in, each once, and gives them an address; their bytes stay', async () => {
    const { camera, cloud, forwarder } = await setUp();
    const { got } = processor(cloud.url);
    const bytes = await image();
    for (let index = 0; index < 3; index += 1) await camera.publish(PREFIX, bytes, { qos: 1 });
    await eventually(
      () => forwarder.status().counts.stored,
      (stored) => stored === 1,
    );
    expect(got).toHaveLength(1);
    expect(got[0]?.payload.equals(bytes)).toBe(true);
    expect(parseTopic(PREFIX, got[0]?.topic ?? '')).toMatchObject({ type: 'capture', device: DEVICE, camera: 'bare' });
  });

  it('refuses what is no image and what has no proper address, and goes on', async () => {
    const { camera, cloud, receipts, forwarder } = await setUp();
    processor(cloud.url);
    const { id, topic } = await capture();
    await camera.publish(PREFIX, 'this is a text', { qos: 1 });
    await camera.publish(topic, 'this is a text', { qos: 1 });
    await camera.publish(`${PREFIX}/${DEVICE}/captures/../${id}`, await image(), { qos: 1 });
    await camera.publish(`${PREFIX}/${DEVICE}/captures/${'x'.repeat(30_000)}`, await image(), { qos: 1 });
    await camera.publish(`${PREFIX}/${DEVICE}/captures/door/not-an-id`, await image(), { qos: 1 });
    const good = await capture();
    await camera.publish(good.topic, good.payload, { qos: 1 });
    // The same text came twice, under two addresses: by its capture's id, and by its hash.
    await eventually(
      () => forwarder.status().counts,
      ({ stored, refused }) => stored === 1 && refused === 5,
    );
    expect(receipts.find(({ state }) => state === 'refused')).toMatchObject({
      captures: [[id, sha256Hex(Buffer.from('this is a text'))]],
      reason: 'not-an-image',
    });
  });

  it('keeps in quarantine what the store refuses', async () => {
    const { camera, cloud, forwarder } = await setUp();
    processor(cloud.url, () => 'refused');
    const { topic, payload } = await capture();
    await camera.publish(topic, payload, { qos: 1 });
    await eventually(
      () => forwarder.status().counts,
      ({ refused }) => refused === 1,
    );
  });

  it('in the bare dialect publishes the bytes alone, and custody ends at the broker', async () => {
    const [edge, cloud] = [await broker(), await broker()];
    const folder = temporaryFolder();
    cleanups.push(folder.remove);
    const { got, link: far } = processor(cloud.url);
    const camera = link(edge.url);
    const forwarder = await start(edge.url, cloud.url, folder.path, { cloud: { broker: cloud.url, dialect: 'bare' } });
    await eventually(() => camera.isUp && far.isUp && forwarder.readiness().every(({ ok }) => ok), Boolean);
    const { topic, payload } = await capture();
    await camera.publish(topic, payload, { qos: 1 });
    await eventually(
      () => forwarder.status().counts.released,
      (released) => released === 1,
    );
    expect(got.map((message) => message.topic)).toEqual([PREFIX]);
    expect(got[0]?.payload.equals(payload)).toBe(true);
  });
});
