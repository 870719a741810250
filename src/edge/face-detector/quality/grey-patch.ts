import type { Box } from '../detection.ts';
import { cutLuma } from '../picture/cut.ts';
import type { Picture } from '../picture/picture.ts';

/** Pixels along each side of a patch: sharpness of small and large faces is compared at one size. */
export const PATCH_SIDE = 96;

/** The box's part of a picture as 96 × 96 luma values 0–255, averaged where it is larger; undefined when nothing of it is inside. */
export function greyPatch(picture: Picture, box: Box): Float32Array | undefined {
  const left = Math.max(0, Math.floor(box.x));
  const top = Math.max(0, Math.floor(box.y));
  const width = Math.min(picture.width, Math.ceil(box.x + box.width)) - left;
  const height = Math.min(picture.height, Math.ceil(box.y + box.height)) - top;
  if (width <= 0 || height <= 0) return undefined;
  const luma = cutLuma(picture, { x: left, y: top, width, height });
  const patch = new Float32Array(PATCH_SIDE * PATCH_SIDE);
  for (let row = 0; row < PATCH_SIDE; row += 1) {
    const y0 = Math.floor((row * height) / PATCH_SIDE);
    const y1 = Math.max(y0 + 1, Math.floor(((row + 1) * height) / PATCH_SIDE));
    for (let column = 0; column < PATCH_SIDE; column += 1) {
      const x0 = Math.floor((column * width) / PATCH_SIDE);
      const x1 = Math.max(x0 + 1, Math.floor(((column + 1) * width) / PATCH_SIDE));
      let sum = 0;
      for (let y = y0; y < y1; y += 1) for (let x = x0; x < x1; x += 1) sum += luma[y * width + x] as number;
      patch[row * PATCH_SIDE + column] = sum / ((y1 - y0) * (x1 - x0));
    }
  }
  return patch;
}

/** Variance of the Laplacian (Pech-Pacheco et al. 2000): large where edges are steep. */
export function laplacianVariance(patch: Float32Array): number {
  let sum = 0;
  let squares = 0;
  const inner = PATCH_SIDE - 2;
  for (let row = 1; row <= inner; row += 1) {
    for (let column = 1; column <= inner; column += 1) {
      const at = row * PATCH_SIDE + column;
      const around =
        (patch[at - 1] ?? 0) + (patch[at + 1] ?? 0) + (patch[at - PATCH_SIDE] ?? 0) + (patch[at + PATCH_SIDE] ?? 0);
      const value = around - 4 * (patch[at] ?? 0);
      sum += value;
      squares += value * value;
    }
  }
  const count = inner * inner;
  return squares / count - (sum / count) ** 2;
}
