import { describe, expect, it } from 'vitest';
import type { RegionConfig } from '../../../platform/config/camera.ts';
import { evenOddArea } from '../../../platform/config/polygon-area.ts';
import { isInside, type Polygon } from './polygon.ts';
import { createRegionFilter, createWatch, watchedCells } from './regions.ts';

const FRAME = { width: 1280, height: 720 };

function rectangle(left: number, top: number, right: number, bottom: number): Polygon {
  return [
    [left, top],
    [right, top],
    [right, bottom],
    [left, bottom],
  ];
}

const watch = (points: Polygon): RegionConfig => ({ type: 'watch', points });
const ignore = (points: Polygon): RegionConfig => ({ type: 'ignore', points });

/** A face whose centre is at these fractions of the frame. */
function faceAt(x: number, y: number, side = 80) {
  return { x: x * FRAME.width - side / 2, y: y * FRAME.height - side / 2, width: side, height: side };
}

describe('createRegionFilter', () => {
  it('keeps every face where there is no region', () => {
    expect(createRegionFilter()(faceAt(0.5, 0.5), FRAME)).toBe('kept');
    expect(createRegionFilter([])(faceAt(2, -1), FRAME)).toBe('kept');
  });

  it('keeps only faces with their centre in a region to watch, where there is one', () => {
    const filter = createRegionFilter([watch(rectangle(0, 0, 0.3, 1)), watch(rectangle(0.7, 0, 1, 1))]);
    expect([0.1, 0.5, 0.9].map((x) => filter(faceAt(x, 0.5), FRAME))).toEqual(['kept', 'outside', 'kept']);
  });

  it('goes by the centre, however much of the face lies elsewhere', () => {
    const filter = createRegionFilter([ignore(rectangle(0, 0, 0.5, 1))]);
    expect([0.49, 0.51].map((x) => filter(faceAt(x, 0.5, 400), FRAME))).toEqual(['ignored', 'kept']);
  });

  it('ignores a place inside what is watched, and tells it apart from what is outside', () => {
    const filter = createRegionFilter([watch(rectangle(0, 0, 0.8, 1)), ignore(rectangle(0.2, 0.2, 0.9, 0.6))]);
    const places = [
      [0.1, 0.1],
      [0.5, 0.4],
      [0.85, 0.4],
      [0.85, 0.9],
    ] as const;
    expect(places.map(([x, y]) => filter(faceAt(x, y), FRAME))).toEqual(['kept', 'ignored', 'ignored', 'outside']);
  });

  it('counts a face that the border cuts as on the border', () => {
    const filter = createRegionFilter([watch(rectangle(0.5, 0.5, 1, 1))]);
    expect([faceAt(1, 1), faceAt(1.02, 0.75), faceAt(0.75, 1.03)].map((face) => filter(face, FRAME))).toEqual([
      'kept',
      'kept',
      'kept',
    ]);
    expect(createRegionFilter([watch(rectangle(0, 0, 1, 1))])(faceAt(-0.02, -0.02), FRAME)).toBe('kept');
  });

  it('takes the frame as it stands: the same fractions of any size', () => {
    const filter = createRegionFilter([watch(rectangle(0, 0, 0.5, 0.5))]);
    const portrait = { width: 720, height: 1280 };
    expect(filter({ x: 300, y: 500, width: 80, height: 80 }, portrait)).toBe('kept');
    expect(filter({ x: 300, y: 500, width: 80, height: 80 }, FRAME)).toBe('outside');
  });
});

describe('isInside', () => {
  it('leaves the middle of a star out, and takes both halves of a figure of eight (even-odd rule)', () => {
    const star = [0, 2, 4, 1, 3].map((step): [number, number] => [
      0.5 + 0.5 * Math.sin((step * 2 * Math.PI) / 5),
      0.5 - 0.5 * Math.cos((step * 2 * Math.PI) / 5),
    ]);
    expect([isInside(star, 0.5, 0.5), isInside(star, 0.5, 0.1)]).toEqual([false, true]);
    const eight: Polygon = [
      [0, 0],
      [1, 1],
      [1, 0],
      [0, 1],
    ];
    expect([isInside(eight, 0.2, 0.5), isInside(eight, 0.8, 0.5), isInside(eight, 0.5, 0.2)]).toEqual([
      true,
      true,
      false,
    ]);
  });

  it('gives a point on a common edge or corner to exactly one of the polygons that share it', () => {
    const quarters = [
      rectangle(0, 0, 0.5, 0.5),
      rectangle(0.5, 0, 1, 0.5),
      rectangle(0, 0.5, 0.5, 1),
      rectangle(0.5, 0.5, 1, 1),
    ];
    for (const [x, y] of [
      [0.5, 0.5],
      [0.5, 0.2],
      [0.2, 0.5],
      [0, 0],
    ] as const) {
      expect(quarters.filter((quarter) => isInside(quarter, x, y))).toHaveLength(1);
    }
  });

  it('agrees with the area that the configuration measures, on polygons that cross themselves', () => {
    for (let seed = 1; seed <= 20; seed += 1) {
      const random = lehmer(seed);
      const polygon = Array.from({ length: 3 + (seed % 7) }, (): [number, number] => [random(), random()]);
      const cells = 200;
      let inside = 0;
      for (let index = 0; index < cells * cells; index += 1) {
        const [x, y] = [((index % cells) + 0.5) / cells, (Math.floor(index / cells) + 0.5) / cells];
        inside += Number(isInside(polygon, x, y));
      }
      expect(Math.abs(inside / cells ** 2 - evenOddArea(polygon))).toBeLessThan(0.01);
    }
  });
});

describe('createWatch', () => {
  it('is where a face would be kept', () => {
    const watches = createWatch([watch(rectangle(0, 0, 0.8, 1)), ignore(rectangle(0.2, 0.2, 0.9, 0.6))]);
    expect([watches(0.1, 0.1), watches(0.5, 0.4), watches(0.85, 0.9)]).toEqual([true, false, false]);
    expect(createWatch()(0.5, 0.5)).toBe(true);
  });
});

describe('watchedCells', () => {
  it('is every cell where there is no region', () => {
    expect([...watchedCells(undefined, 3, 2)]).toEqual([1, 1, 1, 1, 1, 1]);
  });

  it('takes a cell of which a part is watched, and leaves one that is all ignored', () => {
    expect([...watchedCells([ignore(rectangle(0, 0, 0.4, 1))], 4, 2)]).toEqual([0, 1, 1, 1, 0, 1, 1, 1]);
    expect([...watchedCells([watch(rectangle(0.3, 0, 0.6, 0.4))], 4, 2)]).toEqual([0, 1, 1, 0, 0, 0, 0, 0]);
  });
});

/** Lehmer's generator: the same numbers from 0 to 1 for a seed. */
function lehmer(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
}
