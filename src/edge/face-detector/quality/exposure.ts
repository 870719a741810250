import type { FaceGrid } from './face-grid.ts';
import { varianceOf } from './sharpness.ts';

/** Standard deviation of a face's luma at which it is half as easily recognised as a well lit one. */
const HALF_CONTRAST = 2.9;
const STEEPNESS = 1.5;

/**
 * How well a face is lit: what is burnt out or black is lost, and what is left needs contrast. Brightness itself does not count:
 * dark skin is no fault (measured: a face at a mean luma of 33 is recognised nearly as well as at 90).
 */
export function exposureOf(grid: FaceGrid): number {
  const contrast = Math.sqrt(varianceOf(grid)) ** STEEPNESS;
  return (1 - grid.clipped) * (contrast / (contrast + HALF_CONTRAST ** STEEPNESS));
}
