import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../../support/eventually.ts';
import type { Mood } from '../../support/moody-s3.ts';
import type { Random } from '../../support/random.ts';
import type { FaultRow } from '../fault-row.ts';
import { whileFlowing } from '../flow.ts';
import type { Stage } from '../stage.ts';

/** The store is in this mood for a while, then works again; nothing may be refused for it. */
async function inMood(
  stage: Stage,
  mood: Mood,
  ratio: number,
  forMs: number,
  check?: () => Promise<void>,
): Promise<void> {
  const { detector, store } = stage.parts;
  const { moody } = store;
  if (!moody) throw new Error('Expected a store with moods');
  await detector.emit(10, 200);
  await whileFlowing(detector, 25, async () => {
    moody.moodyRatio = ratio;
    moody.mood = mood;
    await sleep(forMs);
    await check?.();
  });
  moody.mood = 'works';
  stage.faultIsOver();
}

/** Says within a minute that it can't work, and in its log that it is the store's fault. */
async function saysSo({ processors: [processor] }: Stage): Promise<void> {
  await eventually(
    async () => processor?.isReady(),
    (isReady) => isReady === false,
    60_000,
  );
}

const moody = () => ({ store: 'moody' as const });
const between = (random: Random, quickMs: number) => random.between(quickMs, 4 * quickMs);

/** Rows 13 to 15: what stores do. */
export const STORE_ROWS: readonly FaultRow[] = [
  {
    row: 13,
    name: 'bucket answers 500 and 503 to a tenth, then to all',
    stage: moody,
    async play(stage, random) {
      await inMood(stage, 'fails', 0.1, between(random, 700));
      await inMood(stage, 'slows down', 1, between(random, 700));
    },
    maxRecoveryMs: 90_000,
  },
  {
    row: 14,
    name: 'bucket keeps the object and resets the connection instead of answering',
    stage: moody,
    async play(stage) {
      await inMood(stage, 'stores and resets', 0.5, 2_000);
      const { moody: store } = stage.parts.store;
      if (store?.refusedPuts === 0) throw new Error('Expected puts to be repeated and refused (412), got none');
    },
    maxRecoveryMs: 90_000,
  },
  {
    row: 14,
    name: 'bucket takes requests and never answers, then drags',
    stage: moody,
    async play(stage, random) {
      await inMood(stage, 'hangs', 1, between(random, 6_000));
      await inMood(stage, 'drags', 0.5, 5_000);
    },
    maxRecoveryMs: 120_000,
  },
  {
    row: 14,
    name: 'bucket behind a link that is slow, sliced, reset and a black hole',
    stage: moody,
    async play({ parts: { detector, storeLink } }, random) {
      await whileFlowing(detector, 15, async () => {
        storeLink?.shape({ latencyMs: 100, bytesPerSecond: 200_000, sliceBytes: 2_000 });
        await sleep(between(random, 1_500));
        storeLink?.reset();
        storeLink?.shape({});
        await storeLink?.setMode('blackhole');
        await sleep(between(random, 2_000));
        storeLink?.halfOpen();
        await storeLink?.setMode('open');
      });
    },
    maxRecoveryMs: 120_000,
  },
  ...(['forbids', 'has no bucket', 'knows an expired token'] as const).map(
    (mood): FaultRow => ({
      row: 15,
      name: `bucket ${mood}: held, said, and healed`,
      isQuick: mood === 'forbids',
      stage: moody,
      play: (stage, random) => inMood(stage, mood, 1, random.between(500, 1_500), () => saysSo(stage)),
      maxRecoveryMs: 90_000,
    }),
  ),
];
