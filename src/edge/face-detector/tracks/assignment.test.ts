import { describe, expect, it } from 'vitest';
import { Random } from '../../../../test/support/random.ts';
import { assign } from './assignment.ts';

describe('assign', () => {
  it('gives up the best pair where the whole is cheaper without it', () => {
    expect(
      assign(
        [
          [1, 2],
          [1.5, 9],
        ],
        10,
      ),
    ).toEqual([1, 0]);
  });

  it('leaves alone what is dearer than the limit, impossible, or has nothing to go to', () => {
    expect(assign([[6], [Number.POSITIVE_INFINITY]], 5)).toEqual([-1, -1]);
    expect(assign([[], []], 5)).toEqual([-1, -1]);
    expect(assign([], 5)).toEqual([]);
    expect(assign([[-3, -4]], 5)).toEqual([1]);
  });

  it('is as cheap as the cheapest of all ways, negative costs and impossible pairs among them', () => {
    const random = new Random(7);
    for (let round = 0; round < 500; round += 1) {
      const [rows, columns] = [1 + Math.floor(random.next() * 4), Math.floor(random.next() * 5)];
      const costs = Array.from({ length: rows }, () =>
        Array.from({ length: columns }, () => (random.chance(0.2) ? Number.POSITIVE_INFINITY : random.between(-5, 9))),
      );
      const given = assign(costs, 5);
      const used = given.filter((column) => column >= 0);
      expect(new Set(used).size).toBe(used.length);
      expect(total(costs, given, 5)).toBeCloseTo(cheapest(costs, 5), 9);
    }
  });
});

function total(costs: number[][], given: readonly number[], limit: number): number {
  return given.reduce((sum, column, row) => sum + (column < 0 ? limit : (costs[row]?.[column] as number)), 0);
}

function cheapest(costs: number[][], limit: number, row = 0, used: readonly number[] = []): number {
  const own = costs[row];
  if (!own) return 0;
  const choices = own.map((cost, column) =>
    used.includes(column) ? Number.POSITIVE_INFINITY : cost + cheapest(costs, limit, row + 1, [...used, column]),
  );
  return Math.min(limit + cheapest(costs, limit, row + 1, used), ...choices);
}
