import { describe, expect, it } from 'vitest';
import { Random } from '../../../test/support/random.ts';
import { BlockMap, blockCount, type Extent } from './blocks.ts';

describe('BlockMap', () => {
  it('gives the lowest run that is long enough, and pieces where there is none', () => {
    const map = new BlockMap(10);
    expect(map.allocate(10)).toEqual([[0, 10]]);
    map.release([
      [1, 2],
      [5, 4],
    ]);
    expect(map.allocate(3)).toEqual([[5, 3]]);
    expect(map.allocate(3)).toEqual([
      [1, 2],
      [8, 1],
    ]);
    expect(map.allocate(1)).toBeUndefined();
  });

  it('grows, and gives up free blocks at its end alone', () => {
    const map = new BlockMap(4);
    map.allocate(4);
    map.grow(100);
    expect(map.allocate(50)).toEqual([[4, 50]]);
    expect(map.shrink(0)).toBe(54);
    map.release([[4, 50]]);
    expect(map.shrink(20)).toBe(20);
    expect([map.used, map.free]).toEqual([4, 16]);
  });

  it('never gives a block to two, whatever comes and goes (seeded)', () => {
    const random = new Random(7);
    const map = new BlockMap(64);
    const owner = new Map<number, number>();
    const held: Extent[][] = [];
    for (let round = 0; round < 5_000; round += 1) {
      if (random.chance(0.45) && held.length > 0) {
        const [gone = []] = held.splice(random.below(held.length), 1);
        map.release(gone);
        for (const [first, count] of gone) for (let at = first; at < first + count; at += 1) owner.delete(at);
        continue;
      }
      if (map.free < 20 && map.capacity < 4_000) map.grow(37);
      const extents = map.allocate(1 + random.below(20));
      if (!extents) continue;
      held.push(extents);
      for (const [first, count] of extents) {
        for (let at = first; at < first + count; at += 1) {
          expect(owner.has(at)).toBe(false);
          owner.set(at, round);
        }
      }
      expect(map.used).toBe(owner.size);
    }
    expect(map.used).toBe(held.reduce((sum, extents) => sum + blockCount(extents), 0));
  });
});
