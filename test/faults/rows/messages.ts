import { setTimeout as sleep } from 'node:timers/promises';
import { deflateSync } from 'node:zlib';
import mqtt, { type MqttClient } from 'mqtt';
import { handMadePng } from '../../../src/contract/fixtures/png-parts.ts';
import { pngChunk } from '../../../src/contract/image/png-chunk.ts';
import { sha256Hex } from '../../../src/contract/sha256.ts';
import { eventually } from '../../support/eventually.ts';
import type { Emitted } from '../capture-images.ts';
import type { FaultRow } from '../fault-row.ts';
import type { Stage } from '../stage.ts';

/** Somebody who publishes and asks for nothing. */
async function stranger(stage: Stage, act: (client: MqttClient) => Promise<void>): Promise<void> {
  const client = mqtt.connect(stage.parts.edge.url, { protocolVersion: 5, reconnectPeriod: 0 });
  client.on('error', () => undefined);
  await new Promise<void>((resolve) => client.once('connect', () => resolve()));
  try {
    await act(client);
  } finally {
    await client.endAsync(true);
  }
}

/** What the contract refuses goes with the rest, and its receipt says so within a few seconds. */
async function takeRefused(stage: Stage, capture: Emitted, bytes: Buffer): Promise<void> {
  const refused = { ...capture, bytes, sha256: sha256Hex(bytes) };
  stage.refusable.add(refused.sha256);
  stage.parts.detector.take(refused);
  await eventually(
    () => stage.parts.detector.receiptOf(capture.id ?? ''),
    (receipt) => receipt?.startsWith('refused') ?? false,
    20_000,
  );
}

/** 50,000 × 50,000 pixels in a few bytes. */
function bomb(): Buffer {
  return handMadePng({ width: 50_000, height: 50_000, depth: 1 }, pngChunk('IDAT', deflateSync(Buffer.alloc(100))));
}

/** Rows 17 to 20: what comes that should not. */
export const MESSAGE_ROWS: readonly FaultRow[] = [
  {
    row: 17,
    name: 'one capture a thousand times, then other bytes under its id',
    isQuick: true,
    stage: () => ({ bareRatio: 0, mayNotAudit: true }),
    async play(stage) {
      const { detector } = stage.parts;
      const capture = await detector.images.capture('gate');
      detector.take(capture);
      await stranger(stage, async (client) => {
        const copies = Array.from({ length: 1_000 }, () =>
          client.publishAsync(capture.topic, capture.bytes, { qos: 1 }),
        );
        await Promise.all(copies);
      });
      await eventually(
        () => detector.kept,
        (kept) => kept === 0,
        30_000,
      );
      const other = await detector.images.capture('gate', new Date(), capture.id);
      await stranger(stage, async (client) => void (await client.publishAsync(capture.topic, other.bytes, { qos: 1 })));
      stage.strays = true;
      await eventually(
        () => detector.receiptOf(capture.id ?? ''),
        (receipt) => receipt === 'refused conflict',
        20_000,
      );
      await detector.emit(5, 100);
    },
  },
  {
    row: 18,
    name: 'poison: cut off, not an image, a decompression bomb, other metadata; neighbours go on',
    isQuick: true,
    stage: () => ({ bareRatio: 0, mayNotAudit: true }),
    async play(stage) {
      const { detector } = stage.parts;
      const make = () => detector.images.capture('gate');
      const [cut, text, bombed, foreign, other] = await Promise.all([make(), make(), make(), make(), make()]);
      const poison: [Emitted, Buffer][] = [
        [cut, cut.bytes.subarray(0, 20)],
        [text, Buffer.from('no image at all')],
        [bombed, bomb()],
        [foreign, other.bytes],
      ];
      for (const [capture, bytes] of poison) {
        await detector.emit(3);
        await takeRefused(stage, capture, bytes);
      }
      await detector.emit(5, 100);
    },
  },
  {
    row: 19,
    name: 'cloud broker takes no packet above 30 KB: the large stay, the small go, nobody is cut; then it takes all',
    stage: () => ({ bareRatio: 0, cloudLines: ['max_packet_size 30000'] }),
    async play(stage) {
      const { detector, cloudLink } = stage.parts;
      await detector.emit(40, 500);
      const small = () => detector.emitted.filter(({ bytes }) => bytes.length < 25_000).length;
      await eventually(
        async () => (await stage.ledger())?.stored ?? 0,
        (stored) => stored >= small(),
        30_000,
      );
      const before = cloudLink.accepted;
      await sleep(5_000);
      if (cloudLink.accepted > before) throw new Error(`Expected no reconnect, got ${cloudLink.accepted - before}`);
      stage.cloudLines = [];
      await stage.killBroker('cloud', { wiped: true });
      stage.faultIsOver();
    },
    maxRecoveryMs: 120_000,
  },
  {
    row: 20,
    name: 'topics from the wild: up the tree, wildcards, too deep, somebody else',
    stage: () => ({ mayNotAudit: true }),
    async play(stage) {
      const { detector } = stage.parts;
      const { id = '', bytes } = await detector.images.capture('gate');
      const wild = [
        `face_detection/gate/captures/../${id}`,
        `face_detection/../captures/door/${id}`,
        `face_detection/gate/captures/door/../../${id}`,
        `face_detection/gate/captures/door/${'x'.repeat(60_000)}`,
        `face_detection/gate/captures/DOOR/${id}`,
        `face_detection/gate/captures/door/${id.toUpperCase()}`,
        `face_detection/gate/captures/door/not-an-id`,
        'face_detection/gate/captures',
      ];
      await stranger(stage, async (client) => {
        for (const topic of wild) await client.publishAsync(topic, bytes, { qos: 1 }).catch(() => undefined);
      });
      stage.strays = true;
      await detector.emit(20, 500);
      await sleep(1_000);
    },
  },
];
