import { type Box, sideOf } from '../detection.ts';
import { cutLuma } from '../picture/cut.ts';
import type { Picture, Rectangle } from '../picture/picture.ts';

/** Cells along a face's side: what recognition lives on is no finer (measured: 24, 32, 48 and 64 tried). */
const CELLS_PER_SIDE = 32;
/** Part of a box that shows face and nothing else, for the boxes of both models. */
const INNER = { left: 0.12, right: 0.88, top: 0.2, bottom: 0.95 } as const;
/** Luma from which nothing is left to tell: burnt out, or black. */
const WHITE = 251;
const BLACK = 3;

/** The middle of a face as mean luma 0–255 of square cells, row by row: small and large faces look alike on it. */
export interface FaceGrid {
  readonly columns: number;
  readonly rows: number;
  readonly cells: Float32Array;
  /** Share of the pixels that are burnt out or black. */
  readonly clipped: number;
}

/** The part of a face's box that lies in the picture; undefined when too little of it does. */
export function faceGrid(picture: Picture, box: Box): FaceGrid | undefined {
  const cell = sideOf(box) / CELLS_PER_SIDE;
  const left = Math.max(0, box.x + INNER.left * box.width);
  const top = Math.max(0, box.y + INNER.top * box.height);
  const columns = Math.floor((Math.min(picture.width, box.x + INNER.right * box.width) - left) / cell);
  const rows = Math.floor((Math.min(picture.height, box.y + INNER.bottom * box.height) - top) / cell);
  if (!(columns >= 3 && rows >= 3)) return undefined;
  const part = {
    x: Math.floor(left),
    y: Math.floor(top),
    width: Math.min(picture.width, Math.ceil(left + columns * cell)) - Math.floor(left),
    height: Math.min(picture.height, Math.ceil(top + rows * cell)) - Math.floor(top),
  };
  const luma = cutLuma(picture, part);
  const across = spans({ from: left - part.x, cell, cells: columns, pixels: part.width });
  const down = spans({ from: top - part.y, cell, cells: rows, pixels: part.height });
  return { columns, rows, cells: average(luma, part, across, down), clipped: clippedShare(luma) };
}

/** The pixels under a cell, the first and the last of them in part. */
interface Span {
  readonly first: number;
  readonly weights: Float32Array;
}

function spans({ from, cell, cells, pixels }: { from: number; cell: number; cells: number; pixels: number }): Span[] {
  return Array.from({ length: cells }, (_, i) => {
    const start = from + i * cell;
    const first = Math.min(pixels - 1, Math.floor(start));
    const last = Math.min(pixels, Math.max(first + 1, Math.ceil(start + cell)));
    const weights = Float32Array.from({ length: last - first }, (_, k) => {
      return Math.max(0, Math.min(start + cell, first + k + 1) - Math.max(start, first + k)) / cell;
    });
    return { first, weights };
  });
}

/** Sideways first, then down: each pixel is read once. */
function average(
  luma: Uint8ClampedArray,
  { width, height }: Rectangle,
  across: readonly Span[],
  down: readonly Span[],
): Float32Array {
  const columns = across.length;
  const narrow = new Float32Array(columns * height);
  for (let column = 0; column < columns; column += 1) {
    const { first, weights } = across[column] as Span;
    for (let y = 0; y < height; y += 1) {
      let sum = 0;
      for (let k = 0; k < weights.length; k += 1)
        sum += (weights[k] as number) * (luma[y * width + first + k] as number);
      narrow[y * columns + column] = sum;
    }
  }
  const cells = new Float32Array(columns * down.length);
  down.forEach(({ first, weights }, row) => {
    for (let k = 0; k < weights.length; k += 1) {
      const weight = weights[k] as number;
      for (let column = 0; column < columns; column += 1) {
        const at = row * columns + column;
        cells[at] = (cells[at] as number) + weight * (narrow[(first + k) * columns + column] as number);
      }
    }
  });
  return cells;
}

function clippedShare(luma: Uint8ClampedArray): number {
  let clipped = 0;
  for (let i = 0; i < luma.length; i += 1) {
    const value = luma[i] as number;
    if (value >= WHITE || value <= BLACK) clipped += 1;
  }
  return clipped / luma.length;
}
