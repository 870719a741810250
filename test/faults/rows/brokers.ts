import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../../support/random.ts';
import type { FaultRow } from '../fault-row.ts';
import { whileFlowing } from '../flow.ts';
import type { Stage } from '../stage.ts';

/** Fixed header of a PUBACK (MQTT 3.1.1 §3.4). */
const PUBACK = 0x40;

async function killEdgeAfterPuback(stage: Stage, random: Random, wiped: boolean): Promise<void> {
  const { detector } = stage.parts;
  const { promise, resolve } = Promise.withResolvers<void>();
  const at = 10 + random.below(40);
  detector.onAcknowledged = (count) => count >= at && resolve();
  await promise;
  await stage.killBroker('edge', { wiped, downMs: random.between(0, 1000) });
}

async function killCloudAfterPuback(stage: Stage, random: Random): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let left = 3 + random.below(20);
  stage.parts.cloudLink.watch((direction, chunk) => {
    if (direction === 'down' && chunk[0] === PUBACK) left -= 1;
    if (left <= 0) resolve();
  });
  await promise;
  await stage.killBroker('cloud', { wiped: true, downMs: random.between(0, 1500) });
}

/** Rows 2, 4, 21 and 22: what brokers do. */
export const BROKER_ROWS: readonly FaultRow[] = [
  {
    row: 2,
    name: 'edge broker dies right after its PUBACK and comes back with its disk, then without',
    isQuick: true,
    async play(stage, random) {
      const { detector } = stage.parts;
      for (const wiped of [false, true]) {
        const before = detector.onAcknowledged;
        await whileFlowing(detector, 40, () => killEdgeAfterPuback(stage, random, wiped));
        detector.onAcknowledged = before;
        await detector.emit(10, 300);
      }
    },
  },
  {
    row: 4,
    name: 'cloud broker dies right after its PUBACK to the forwarder, queue and all',
    isQuick: true,
    async play(stage, random) {
      await whileFlowing(stage.parts.detector, 40, async () => {
        for (let deaths = 0; deaths < 2; deaths += 1) await killCloudAfterPuback(stage, random);
      });
    },
  },
  {
    row: 4,
    name: 'cloud broker is frozen for a while and then goes on',
    async play({ parts: { detector, cloud } }, random) {
      await whileFlowing(detector, 20, async () => {
        await sleep(1_000);
        cloud.freeze();
        await sleep(random.between(6_000, 14_000));
        cloud.thaw();
      });
    },
  },
  {
    row: 21,
    name: 'brokers whose queues hold ten messages: acknowledged, then dropped',
    stage: () => ({
      bareRatio: 0,
      edgeLines: ['max_queued_messages 10', 'max_inflight_messages 4'],
      cloudLines: ['max_queued_messages 10', 'max_inflight_messages 4'],
    }),
    async play({ parts: { detector, forwarder } }) {
      await detector.emit(100, 200);
      await forwarder.kill();
      await detector.emit(100, 200);
    },
    maxRecoveryMs: 120_000,
  },
  ...[1, 10].map(
    (inflight): FaultRow => ({
      row: 22,
      name: `brokers that let ${inflight} message${inflight === 1 ? '' : 's'} be in flight (Receive Maximum)`,
      stage: () => ({
        edgeLines: [`max_inflight_messages ${inflight}`],
        cloudLines: [`max_inflight_messages ${inflight}`],
      }),
      async play({ parts: { detector, cloudLink } }) {
        await detector.emit(60, 300);
        cloudLink.reset();
        await detector.emit(60, 300);
      },
      maxRecoveryMs: 120_000,
    }),
  ),
];
