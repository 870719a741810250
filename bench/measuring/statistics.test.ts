import { describe, expect, it } from 'vitest';
import { median, percentile, slope } from './statistics.ts';

describe('percentile', () => {
  it('interpolates between the nearest ranks, whatever the order', () => {
    expect(percentile([4, 1, 3, 2], 50)).toBe(2.5);
    expect(percentile([1, 2, 3, 4, 5], 50)).toBe(3);
    expect(percentile([10, 20], 99)).toBeCloseTo(19.9);
    expect(percentile([7], 99)).toBe(7);
    expect(percentile([3, 1, 2], 0)).toBe(1);
    expect(percentile([3, 1, 2], 100)).toBe(3);
  });

  it('leaves the list as it was', () => {
    const values = [2, 1];
    median(values);
    expect(values).toEqual([2, 1]);
  });

  it('refuses an empty list', () => {
    expect(() => median([])).toThrow(/at least one value/);
  });
});

describe('slope', () => {
  it('is that of the line through the points', () => {
    expect(slope([0, 1, 2, 3].map((x) => [x, 5 + 2 * x] as const))).toBeCloseTo(2);
  });

  it('does not follow a single outlier far', () => {
    const flat = Array.from({ length: 30 }, (_, x) => [x, x === 15 ? 20 : 10] as const);
    expect(Math.abs(slope(flat))).toBeLessThan(0.1);
  });

  it('is 0 where there is no line', () => {
    expect(slope([])).toBe(0);
    expect(slope([[1, 9]])).toBe(0);
  });
});
