import { expect, it } from 'vitest';
import { loadId } from './load-id.ts';
import { Tally } from './tally.ts';

it('counts each capture once, by generator, and how old it was', () => {
  const tally = new Tally();
  const now = Date.now();
  expect([0, 5_000, 0].map((seq) => tally.add(loadId(now - 1_000, 3, seq)))).toEqual([true, true, false]);
  expect(tally.add(loadId(now, 4, 0))).toBe(true);
  expect(tally.totals).toEqual({ captures: 3, repeats: 1 });
  expect(tally.capturesOf(3)).toBe(2);
  const [first = 0, ...others] = tally.takeLatenciesMs(3);
  expect(others).toHaveLength(1);
  expect(first).toBeGreaterThanOrEqual(1_000);
  expect(tally.takeLatenciesMs(3)).toEqual([]);
});
