import { describe, expect, it } from 'vitest';
import { run } from './run.ts';
import { BREAKAGES } from './world.ts';

const RUNS = Number(process.env.SIGHTLINE_TEST_SIMULATION_RUNS ?? 300);
const FIRST_SEED = Number(process.env.SIGHTLINE_TEST_SIMULATION_SEED ?? 1);
/** Runs of one test: a failure names its seed early. */
const PART = 50;
/** A breakage that this many runs don't find would not be found. */
const MAX_SEARCH = 120;
/** For a machine that is busy with other things. */
const TIMEOUT_MS = 120_000;

const parts = Array.from({ length: Math.ceil(RUNS / PART) }, (_, index) => FIRST_SEED + index * PART);

describe('the protocol of custody, whatever dies', () => {
  it.each(parts)('loses, doubles and forgets nothing, from seed %i on', { timeout: TIMEOUT_MS }, async (first) => {
    for (let seed = first; seed < Math.min(first + PART, FIRST_SEED + RUNS); seed += 1) {
      const { wrong } = await run(seed);
      expect(wrong, `SIGHTLINE_TEST_SIMULATION_SEED=${seed} SIGHTLINE_TEST_SIMULATION_RUNS=1`).toEqual([]);
    }
  });

  it('is the same for the same seed', { timeout: TIMEOUT_MS }, async () => {
    expect(await run(FIRST_SEED)).toEqual(await run(FIRST_SEED));
  });
});

describe('a broken protocol', () => {
  it.each(BREAKAGES)('is found: %s', { timeout: TIMEOUT_MS }, async (breakage) => {
    for (let seed = 1; seed <= MAX_SEARCH; seed += 1) {
      if ((await run(seed, breakage)).wrong.length > 0) return;
    }
    expect.fail(`${MAX_SEARCH} runs found nothing wrong with it`);
  });
});
