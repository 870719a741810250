import { expect, it } from 'vitest';
import { countsAtHalf, jainIndex } from './fairness.ts';

it('is 1 for equal shares and 1/n when one has all', () => {
  expect(jainIndex([3, 3, 3, 3])).toBe(1);
  expect(jainIndex([8, 0, 0, 0])).toBe(0.25);
});

it('counts what each had when half of all was done', () => {
  expect(
    countsAtHalf([
      [1, 2, 3],
      [4, 5, 6],
    ]),
  ).toEqual([3, 1]);
  expect(countsAtHalf([[1, 3], []])).toEqual([2, 0]);
});
