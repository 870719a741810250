import type { FaceGrid } from './face-grid.ts';

/** Share of a face's contrast found between neighbouring cells at which it is half as easily recognised as a sharp one. */
const HALF_SHARP = 0.1;
const STEEPNESS = 2.5;
/** Luma squared, so that a face without contrast counts as blurred. */
const LEAST_VARIANCE = 4;
/** A mask's output for noise of 1: the root of the sum of its squared weights, and the quartile of a normal distribution. */
const QUARTILE_OF_NOISE = 6 * 0.3186;
/** Times the noise's own energy, because cells of compressed video hold less even noise than the mask finds. */
const NOISE_TAKEN_OFF = 2;

/**
 * How sharp a face is for its size and its contrast: 1 in focus, 0 where nothing is to be made out.
 *
 * It is the energy of differences between neighbouring cells in the direction that has less of them (a smear leaves those
 * across it), without the noise's, over the variance of the face.
 */
export function sharpnessOf(grid: FaceGrid): number {
  const { across, down } = differences(grid);
  const noise = NOISE_TAKEN_OFF * 2 * noiseOf(grid) ** 2;
  const detail = Math.max(0, Math.min(across, down) - noise) / (varianceOf(grid) + LEAST_VARIANCE);
  return detail ** STEEPNESS / (detail ** STEEPNESS + HALF_SHARP ** STEEPNESS);
}

/** Mean squares. */
function differences({ columns, rows, cells }: FaceGrid): { across: number; down: number } {
  let across = 0;
  let down = 0;
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      const at = row * columns + column;
      const value = cells[at] as number;
      if (column > 0) across += (value - (cells[at - 1] as number)) ** 2;
      if (row > 0) down += (value - (cells[at - columns] as number)) ** 2;
    }
  }
  return { across: across / (rows * (columns - 1)), down: down / (columns * (rows - 1)) };
}

/** Standard deviation of noise, by Immerkær's mask (1996), which sees no edges; a low quartile in place of his mean sees no texture. */
function noiseOf({ columns, rows, cells }: FaceGrid): number {
  const found = new Float32Array((columns - 2) * (rows - 2));
  const at = (index: number): number => cells[index] as number;
  let count = 0;
  for (let row = 1; row < rows - 1; row += 1) {
    for (let column = 1; column < columns - 1; column += 1, count += 1) {
      const i = row * columns + column;
      const corners = at(i - columns - 1) + at(i - columns + 1) + at(i + columns - 1) + at(i + columns + 1);
      const sides = at(i - columns) + at(i - 1) + at(i + 1) + at(i + columns);
      found[count] = Math.abs(corners - 2 * sides + 4 * at(i));
    }
  }
  return (found.sort()[found.length >> 2] ?? 0) / QUARTILE_OF_NOISE;
}

/** Of the cells, luma squared. */
export function varianceOf({ cells }: FaceGrid): number {
  let sum = 0;
  let squares = 0;
  for (let i = 0; i < cells.length; i += 1) {
    const value = cells[i] as number;
    sum += value;
    squares += value * value;
  }
  return Math.max(0, squares / cells.length - (sum / cells.length) ** 2);
}
