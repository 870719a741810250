import { describe, expect, it } from 'vitest';
import { areaUnderCurve, quantile, spearman } from './ranking.ts';

describe('spearman', () => {
  it('sees order, not distance', () => {
    expect(spearman([1, 2, 3, 100], [0.1, 0.2, 0.21, 0.22])).toBeCloseTo(1);
    expect(spearman([1, 2, 3], [3, 2, 1])).toBeCloseTo(-1);
  });

  it('shares ranks among ties', () => {
    // Ranks 0.5 0.5 2 3 against 0 1 2 3: Pearson's correlation of those.
    expect(spearman([1, 1, 2, 3], [1, 2, 3, 4])).toBeCloseTo(4.5 / Math.sqrt(4.5 * 5));
  });

  it('is 0 where nothing varies', () => {
    expect(spearman([1, 1, 1], [1, 2, 3])).toBe(0);
  });
});

describe('areaUnderCurve', () => {
  it('counts wins, and ties half', () => {
    expect(areaUnderCurve([3, 4], [1, 2])).toBe(1);
    expect(areaUnderCurve([1], [1])).toBe(0.5);
    expect(areaUnderCurve([1, 3], [2, 0])).toBe(0.75);
  });
});

describe('quantile', () => {
  it('takes the value below which the share lies', () => {
    expect(quantile([5, 1, 3, 2, 4], 0.5)).toBe(3);
    expect(quantile([1, 2], 1)).toBe(2);
  });
});
