import type { Box, Detection } from '../detection.ts';
import type { Picture } from '../picture/picture.ts';
import { exposureOf } from './exposure.ts';
import { faceGrid } from './face-grid.ts';
import { frontalness } from './frontalness.ts';
import { sharpnessOf } from './sharpness.ts';

/** How good a picture of a face is; each 0–1. */
export interface Quality {
  readonly overall: number;
  readonly sharpness: number;
  readonly frontalness: number;
  readonly size: number;
  readonly exposure: number;
  /** 1: the frame's border cuts nothing off. */
  readonly completeness: number;
}

/** Side of a face (√(width × height), pixels) at which it is half as easily recognised as a large one. */
const HALF_SIZE_PIXELS = 25;
const SIZE_STEEPNESS = 2.5;

/** Measures a face in the picture that it was found in. The detector's score is no part of it: it hardly falls with blur. */
export function measureQuality(picture: Picture, detection: Pick<Detection, 'box' | 'landmarks'>): Quality {
  const { box } = detection;
  const grid = faceGrid(picture, box);
  const sharpness = grid ? sharpnessOf(grid) : 0;
  const front = frontalness(detection);
  const size = sizeOf(box);
  const exposure = grid ? exposureOf(grid) : 0;
  const completeness = insideShare(box, picture);
  const overall = (0.15 + 0.85 * front) * sharpness * size * exposure * completeness ** 2;
  return {
    overall: round(overall),
    sharpness: round(sharpness),
    frontalness: round(front),
    size: round(size),
    exposure: round(exposure),
    completeness: round(completeness),
  };
}

function sizeOf({ width, height }: Box): number {
  const side = Math.sqrt(width * height) ** SIZE_STEEPNESS;
  return side / (side + HALF_SIZE_PIXELS ** SIZE_STEEPNESS);
}

function insideShare(box: Box, { width, height }: { width: number; height: number }): number {
  const across = Math.min(width, box.x + box.width) - Math.max(0, box.x);
  const down = Math.min(height, box.y + box.height) - Math.max(0, box.y);
  const area = box.width * box.height;
  return area > 0 ? Math.min(1, Math.max(0, (Math.max(0, across) * Math.max(0, down)) / area)) : 0;
}

function round(value: number): number {
  return Math.round(Math.min(1, Math.max(0, value)) * 1000) / 1000;
}
