import { describe, expect, it } from 'vitest';
import { LightSum, litOf, runsOf } from './light-sum.ts';
import type { Canvas, Raster } from './sprite.ts';

const CANVAS = { width: 12, height: 6 };

/** A white pixel, opaque, at the left upper corner of a raster with an empty border of one pixel. */
function dot(left: number, top: number): Raster {
  const data = new Uint8Array(3 * 3 * 4);
  data.fill(255, 16, 20);
  return { left, top, width: 3, height: 3, data };
}

function covered(moves: readonly (readonly [number, number])[], level: number): Canvas {
  const canvas = { ...CANVAS, data: new Uint8Array(CANVAS.width * CANVAS.height * 3).fill(level) };
  const sum = new LightSum({ left: 0, top: 0, right: CANVAS.width, bottom: CANVAS.height });
  for (const run of runsOf(moves)) sum.add(litOf(dot(3, 1)), run);
  sum.cover(canvas, moves.length);
  return canvas;
}

function reds({ data, width }: Canvas, row: number): number[] {
  return Array.from({ length: width }, (_, column) => data[(row * width + column) * 3] as number);
}

describe('runsOf', () => {
  it('joins neighbours across, in any order, and keeps doubles', () => {
    expect(runsOf([])).toEqual([]);
    expect(
      runsOf([
        [3, 0],
        [1, 0],
        [2, 0],
        [2, 0],
        [2, 1],
        [5, 0],
      ]),
    ).toEqual([
      { fromX: 1, toX: 3, y: 0 },
      { fromX: 2, toX: 2, y: 0 },
      { fromX: 5, toX: 5, y: 0 },
      { fromX: 2, toX: 2, y: 1 },
    ]);
  });
});

describe('LightSum', () => {
  it('leaves one exposure as it is', () => {
    expect(reds(covered([[0, 0]], 10), 2)).toEqual([10, 10, 10, 10, 255, 10, 10, 10, 10, 10, 10, 10]);
  });

  it('spreads the light of a way over the way, and adds to what is behind', () => {
    const moves = [0, 1, 2, 3].map((x) => [x, 0] as const);
    const half = Math.floor(Math.sqrt(255 ** 2 / 4) + 0.5);
    expect(reds(covered(moves, 0), 2)).toEqual([0, 0, 0, 0, half, half, half, half, 0, 0, 0, 0]);
    const over = Math.floor(Math.sqrt(255 ** 2 / 4 + (100 ** 2 * 3) / 4) + 0.5);
    expect(reds(covered(moves, 100), 2)).toEqual([100, 100, 100, 100, over, over, over, over, 100, 100, 100, 100]);
  });

  it('follows a way down, and lets it leave the canvas on any side', () => {
    const moves = [
      [-20, 0],
      [-4, -3],
      [0, 0],
      [1, 1],
      [7, 3],
      [8, 4],
    ] as const;
    const canvas = covered(moves, 0);
    const sixth = Math.floor(Math.sqrt(255 ** 2 / 6) + 0.5);
    const lit = [...canvas.data.keys()].filter((at) => at % 3 === 0 && canvas.data[at] !== 0);
    const places = lit.map((at) => [(at / 3) % CANVAS.width, Math.floor(at / 3 / CANVAS.width), canvas.data[at]]);
    expect(places).toEqual([
      [4, 2, sixth],
      [5, 3, sixth],
      [11, 5, sixth],
    ]);
  });
});
