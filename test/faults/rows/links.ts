import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../../support/eventually.ts';
import type { FaultRow } from '../fault-row.ts';
import { whileFlowing } from '../flow.ts';

/** The stage's keepalive; the edge detects a dead link within one and a half of it (MQTT 3.1.1 §3.1.2.10). */
const KEEPALIVE_MS = 5_000;
const SLOW_MACHINE_MS = 5_000;

/** Rows 7 to 10: what links do. */
export const LINK_ROWS: readonly FaultRow[] = [
  {
    row: 7,
    name: 'cloud link is reset, cut and sliced',
    isQuick: true,
    async play({ parts: { detector, cloudLink, edgeLink, processorLink } }, random) {
      await whileFlowing(detector, 40, async () => {
        for (const link of random.shuffled([cloudLink, edgeLink, processorLink])) {
          await sleep(random.between(100, 500));
          if (random.chance(0.5)) link.reset();
          else link.cut();
          link.shape({ sliceBytes: 20 + random.below(3_000), latencyMs: random.below(30) });
        }
        await sleep(1_000);
      });
    },
  },
  {
    row: 7,
    name: 'cloud link goes half open: noticed in time, and new captures are taken meanwhile',
    isQuick: true,
    stage: () => ({ bareRatio: 0 }),
    async play(stage) {
      const { detector, cloudLink } = stage.parts;
      await detector.emit(20, 300);
      await settledDown(stage.parts);
      const before = cloudLink.accepted;
      cloudLink.halfOpen();
      await detector.emit(20, 300);
      await eventually(
        () => detector.kept,
        (kept) => kept === 0,
        SLOW_MACHINE_MS * 2,
      );
      await eventually(
        () => cloudLink.accepted,
        (accepted) => accepted > before,
        KEEPALIVE_MS * 1.5 + SLOW_MACHINE_MS,
      );
    },
  },
  {
    row: 7,
    name: 'no cloud for a while: refused, then a black hole; captures are taken meanwhile',
    async play(stage, random) {
      const { detector, cloudLink } = stage.parts;
      await detector.emit(30, 500);
      await cloudLink.setMode('refusing');
      await detector.emit(50, random.between(500, 4_000));
      await cloudLink.setMode('blackhole');
      await detector.emit(50, random.between(500, 12_000));
      await eventually(
        () => detector.kept,
        (kept) => kept === 0,
        30_000,
      );
      await cloudLink.setMode('open');
      stage.faultIsOver();
    },
    maxRecoveryMs: 90_000,
  },
  {
    row: 7,
    name: 'black hole between the brokers and each service in turn',
    async play({ parts: { detector, cloudLink, edgeLink, processorLink } }, random) {
      await whileFlowing(detector, 15, async () => {
        for (const link of random.shuffled([cloudLink, edgeLink, processorLink])) {
          await link.setMode('blackhole');
          await sleep(random.between(1_000, 10_000));
          await link.setMode('open');
          await sleep(random.between(0, 3_000));
        }
      });
    },
    maxRecoveryMs: 90_000,
  },
  {
    row: 8,
    name: 'flapping cloud link: 3 s up, 3 s down',
    async play({ parts: { detector, cloudLink, store } }, random) {
      await whileFlowing(detector, 20, async () => {
        let seen = 0;
        for (let round = 0; round < 5; round += 1) {
          await sleep(3_000);
          await cloudLink.setMode(random.chance(0.5) ? 'refusing' : 'blackhole');
          await sleep(3_000);
          cloudLink.halfOpen();
          await cloudLink.setMode('open');
          const { length } = await store.objects();
          if (length < seen) throw new Error(`Expected no object to vanish, got ${length} after ${seen}`);
          seen = length;
        }
      });
    },
    maxRecoveryMs: 120_000,
  },
  {
    row: 9,
    name: 'slow cloud link: 256 kbit/s, 600 ms, 5 % lost',
    stage: () => ({ bareRatio: 0 }),
    async play({ parts: { detector, cloudLink } }) {
      cloudLink.shape({ bytesPerSecond: 32_000, latencyMs: 300, lossRatio: 0.05 });
      await sleep(1_000);
      cloudLink.reset();
      await sleep(5_000);
      const before = cloudLink.accepted;
      await detector.emit(40, 4_000);
      const seconds = detector.emitted.reduce((sum, { bytes }) => sum + bytes.length, 0) / 32_000;
      await sleep(seconds * 1000);
      if (cloudLink.accepted > before + 1) {
        throw new Error(`Expected the slow link to stand, got ${cloudLink.accepted - before} new connections`);
      }
    },
    maxRecoveryMs: 180_000,
  },
  {
    row: 10,
    name: 'a long outage: thousands of captures wait, then all leave while new ones come',
    stage: () => ({ bareRatio: 0 }),
    async play(stage) {
      const { detector, cloudLink } = stage.parts;
      await cloudLink.setMode('refusing');
      await detector.emit(3_000);
      await eventually(
        () => detector.kept,
        (kept) => kept === 0,
        180_000,
      );
      await cloudLink.setMode('open');
      stage.faultIsOver();
      await detector.emit(50, 3_000);
    },
    maxRecoveryMs: 180_000,
  },
];

/** Everything that was published is taken over and stored, so that what comes next meets an idle link. */
async function settledDown({
  detector,
  forwarder,
}: {
  detector: { kept: number };
  forwarder: { metric(name: string): Promise<number | undefined> };
}) {
  await eventually(
    async () => [detector.kept, await forwarder.metric('spool_captures')],
    ([kept, pending]) => kept === 0 && pending === 0,
    60_000,
  );
}
