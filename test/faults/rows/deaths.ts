import { setTimeout as sleep } from 'node:timers/promises';
import type { KillPoint } from '../../../src/platform/kill-points.ts';
import { eventually } from '../../support/eventually.ts';
import type { Random } from '../../support/random.ts';
import type { FaultRow } from '../fault-row.ts';
import { whileFlowing } from '../flow.ts';

const FORWARDER: readonly KillPoint[] = [
  'spool/before-commit',
  'spool/after-body',
  'spool/after-commit',
  'spool/after-settle',
  'forwarder/after-held',
  'forwarder/before-send',
  'forwarder/after-send',
  'forwarder/after-puback',
  'forwarder/after-receipt',
];
const PROCESSOR: readonly KillPoint[] = ['processor/before-put', 'processor/after-put', 'processor/after-receipt'];
const FOLDER: readonly KillPoint[] = ['store/during-temporary', 'store/after-temporary', 'store/after-link'];
const DEATH_MS = 30_000;

/** In another order each time, at another pass. */
function plan(points: readonly KillPoint[], random: Random, passes: number): `${KillPoint}:${number}`[] {
  return random.shuffled(points).map((point) => `${point}:${1 + random.below(passes)}` as const);
}

/** Rows 1, 3 and 5: kill -9 of each service, at every named point and at any time. */
export const DEATH_ROWS: readonly FaultRow[] = [
  {
    row: 3,
    name: 'forwarder and image-processors die at each of their kill points, at the same time',
    isQuick: true,
    stage: () => ({ processors: 3 }),
    async play({ parts: { detector, forwarder }, processors: [, ...mortals] }, random) {
      const stores = plan([...PROCESSOR, ...FOLDER], random, 3);
      await whileFlowing(detector, 60, () =>
        Promise.all([
          forwarder.dieAt(plan(FORWARDER, random, 3), FORWARDER.length * DEATH_MS),
          ...mortals.map((processor, index) =>
            processor.dieAt(stores.slice(3 * index, 3 * index + 3), stores.length * DEATH_MS),
          ),
        ]),
      );
    },
  },
  {
    row: 3,
    name: 'forwarder dies at each of its kill points',
    async play({ parts: { detector, forwarder } }, random) {
      const points = plan(FORWARDER, random, 6);
      await whileFlowing(detector, 40, () => forwarder.dieAt(points, points.length * DEATH_MS));
    },
  },
  {
    row: 5,
    name: 'image-processor dies at each of its kill points and those of the folder store',
    async play({ parts: { detector }, processors: [processor] }, random) {
      const points = plan([...PROCESSOR, ...FOLDER], random, 6);
      await whileFlowing(detector, 40, async () => processor?.dieAt(points, points.length * DEATH_MS));
    },
  },
  {
    row: 5,
    name: 'image-processor dies at its kill points, with a bucket',
    stage: () => ({ store: 's3' }),
    async play({ parts: { detector }, processors: [processor] }, random) {
      const points = plan(PROCESSOR, random, 6);
      await whileFlowing(detector, 20, async () => processor?.dieAt(points, points.length * DEATH_MS));
    },
  },
  {
    row: 5,
    name: 'image-processor dies in the middle of a put, half of the body sent',
    isQuick: true,
    stage: () => ({ store: 'moody', bareRatio: 0.2 }),
    async play({ parts: { detector, storeLink }, processors: [processor] }, random) {
      await whileFlowing(detector, 30, async () => {
        for (let death = 0; death < 1 + random.below(2); death += 1) {
          let left = 20_000 + random.below(200_000);
          const isThere = Promise.withResolvers<void>();
          storeLink?.watch((direction, chunk) => {
            if (direction !== 'up') return;
            left -= chunk.length;
            if (left <= 0) isThere.resolve();
          });
          await isThere.promise;
          await processor?.kill();
          await processor?.alive();
        }
      });
    },
  },
  {
    row: 3,
    name: 'everything dies at any time: services, brokers, also wiped',
    async play(stage, random) {
      const { detector, forwarder } = stage.parts;
      await whileFlowing(detector, 30, async () => {
        for (let deaths = 6 + random.below(8); deaths > 0; deaths -= 1) {
          await sleep(random.between(50, 1500));
          const [victim, wiped] = [random.below(4), random.chance(0.5)];
          if (victim === 0) await forwarder.kill();
          else if (victim === 1) await random.shuffled(stage.processors)[0]?.kill();
          else await stage.killBroker(victim === 2 ? 'edge' : 'cloud', { wiped, downMs: random.between(0, 1500) });
        }
      });
    },
    stage: (random) => ({ processors: 1 + random.below(2), store: random.chance(0.5) ? 'folder' : 'moody' }),
  },
  {
    row: 3,
    name: 'forwarder dies over and over before it is fully up',
    async play({ parts: { detector, forwarder } }, random) {
      await whileFlowing(detector, 30, async () => {
        for (let deaths = 6; deaths > 0; deaths -= 1) {
          await sleep(random.between(100, 1200));
          await forwarder.kill();
        }
      });
      await eventually(
        () => forwarder.isReady(),
        (isReady) => isReady,
        60_000,
      );
    },
  },
];
