import { describe, expect, it } from 'vitest';
import { intersectionOverUnion } from '../intersection-over-union.ts';
import { suppressNonMaxima } from './non-maximum-suppression.ts';

const box = (x: number, y: number, width: number, height: number) => ({ x, y, width, height });

describe('intersectionOverUnion', () => {
  it('is the shared part of the covered area', () => {
    expect(intersectionOverUnion(box(0, 0, 10, 10), box(0, 0, 10, 10))).toBe(1);
    expect(intersectionOverUnion(box(0, 0, 10, 10), box(5, 0, 10, 10))).toBeCloseTo(1 / 3, 12);
    expect(intersectionOverUnion(box(0, 0, 10, 10), box(2, 2, 5, 4))).toBeCloseTo(0.2, 12);
  });

  it('is 0 for boxes that only touch, that lie apart, and for empty ones', () => {
    expect(intersectionOverUnion(box(0, 0, 10, 10), box(10, 0, 10, 10))).toBe(0);
    expect(intersectionOverUnion(box(0, 0, 10, 10), box(-30, -30, 10, 10))).toBe(0);
    expect(intersectionOverUnion(box(0, 0, 0, 0), box(0, 0, 0, 0))).toBe(0);
  });
});

describe('suppressNonMaxima', () => {
  it('keeps the best of what overlaps, best first, and everything that stands apart', () => {
    const candidates = [
      { box: box(1, 0, 10, 10), score: 0.6, name: 'double' },
      { box: box(100, 0, 10, 10), score: 0.3, name: 'apart' },
      { box: box(0, 0, 10, 10), score: 0.9, name: 'best' },
    ];
    expect(suppressNonMaxima(candidates, 0.5).map(({ name }) => name)).toEqual(['best', 'apart']);
  });

  it('lets a suppressed box suppress nothing', () => {
    const chain = [0, 3, 6].map((x, i) => ({ box: box(x, 0, 10, 10), score: 0.9 - i / 10, x }));
    expect(suppressNonMaxima(chain, 0.5).map(({ x }) => x)).toEqual([0, 6]);
  });

  it('keeps two boxes that overlap by exactly the limit', () => {
    const pair = [
      { box: box(0, 0, 10, 10), score: 0.9 },
      { box: box(0, 0, 10, 5), score: 0.8 },
    ];
    expect(suppressNonMaxima(pair, 0.5)).toHaveLength(2);
    expect(suppressNonMaxima(pair, 0.49)).toHaveLength(1);
  });

  it('has no limit to the number of faces', () => {
    const crowd = Array.from({ length: 3000 }, (_, i) => ({ box: box(i * 20, 0, 10, 10), score: 0.5 }));
    expect(suppressNonMaxima(crowd, 0.5)).toHaveLength(3000);
  });
});
