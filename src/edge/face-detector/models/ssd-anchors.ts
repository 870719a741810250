import { ModelError } from './model-error.ts';
import type { Tensor } from './weight-layout.ts';

/** The square input, in pixels, that the network was trained with; its anchors are stored relative to it. */
const TRAINED_SIDE = 512;
const LEVELS = [
  { stride: 16, perCell: 3 },
  { stride: 32, perCell: 6 },
  { stride: 64, perCell: 6 },
  { stride: 128, perCell: 6 },
  { stride: 256, perCell: 6 },
  { stride: 512, perCell: 6 },
] as const;

/** One level of the anchor grid: cells `stride` px apart, in each the same boxes around its centre. */
export interface AnchorLevel {
  readonly stride: number;
  /** Width and height in pixels of each box of a cell. */
  readonly sizes: readonly (readonly [width: number, height: number])[];
}

/**
 * The anchors are a regular grid, so that the boxes of each level's first cell give those of any input size.
 *
 * @param stored the weights' `Output/extra_dim`: 1 × 5118 × 4, [top, left, bottom, right] relative to the trained side.
 */
export function anchorLevels(stored: Tensor): AnchorLevel[] {
  let row = 0;
  const levels = LEVELS.map(({ stride, perCell }) => {
    const sizes = Array.from({ length: perCell }, (_, k) => {
      const [top, left, bottom, right] = stored.data.subarray((row + k) * 4, (row + k) * 4 + 4) as unknown as Corners;
      return [(right - left) * TRAINED_SIDE, (bottom - top) * TRAINED_SIDE] as const;
    });
    row += (TRAINED_SIDE / stride) ** 2 * perCell;
    return { stride, sizes };
  });
  if (row * 4 !== stored.data.length) {
    throw new ModelError('hash-mismatch', `Expected ${row} anchors in the weights, got ${stored.data.length / 4}.`);
  }
  return levels;
}

type Corners = readonly [top: number, left: number, bottom: number, right: number];

/**
 * All anchors of an input of `width` × `height` pixels, in the order of the network's output.
 *
 * @returns 4 numbers an anchor: centre x, centre y, width, height, in pixels of the input.
 */
export function anchorGrid(levels: readonly AnchorLevel[], width: number, height: number): Float64Array {
  const numbers: number[] = [];
  for (const { stride, sizes } of levels) {
    const columns = Math.ceil(width / stride);
    const rows = Math.ceil(height / stride);
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        for (const [w, h] of sizes) numbers.push((column + 0.5) * stride, (row + 0.5) * stride, w, h);
      }
    }
  }
  return Float64Array.from(numbers);
}
