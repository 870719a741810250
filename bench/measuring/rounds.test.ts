import { expect, it } from 'vitest';
import { alternate, cpuMsPerFrame, medianAndMin, ratios, spread } from './rounds.ts';

const cost = (cpuSeconds: number) => ({ cpuSeconds, wallSeconds: 1 });

it('counts the frames after the first without what it costs to start', () => {
  const measured = { runs: [cost(3), cost(5)], starts: [cost(1), cost(9), cost(0.5)], frames: 101 };
  expect(cpuMsPerFrame(measured)).toEqual([20, 40]);
});

it('compares round by round', () => {
  expect(ratios([10, 30], [20, 20])).toEqual([0.5, 1.5]);
  expect(spread([1.5, 0.5])).toBe('rounds 0.500–1.500');
  expect(medianAndMin([3, 1, 2], 1)).toBe('2.0 (min 1.0)');
});

it('lets programs take turns', async () => {
  const order: string[] = [];
  const program = (name: string) => async () => order.push(name);
  const told: string[] = [];
  const runs = await alternate(2, { a: program('a'), b: program('b') }, (name, run) => told.push(`${name}${run}`));
  expect(order).toEqual(['a', 'b', 'a', 'b']);
  expect(runs).toEqual({ a: [1, 3], b: [2, 4] });
  expect(told).toEqual(['a1', 'b2', 'a3', 'b4']);
});
