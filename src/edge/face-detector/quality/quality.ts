import type { Box, Detection } from '../detection.ts';
import type { Picture } from '../picture/picture.ts';
import { frontalness } from './frontalness.ts';
import { greyPatch, laplacianVariance } from './grey-patch.ts';

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

/** Laplacian variance at which a face counts as half sharp: measured 48–72 on sharp ones, 3–4 on blurred ones. */
const HALF_SHARP = 25;
/** Side of a face (√(width × height), pixels) from which more pixels show nothing more. */
const FULL_SIZE_PIXELS = 200;

/** Measures a face in the picture that it was found in. The detector's score is no part of it: it hardly falls with blur. */
export function measureQuality(picture: Picture, detection: Pick<Detection, 'box' | 'landmarks'>): Quality {
  const { box } = detection;
  const patch = greyPatch(picture, box);
  const variance = patch ? laplacianVariance(patch) : 0;
  const sharpness = variance / (variance + HALF_SHARP);
  const front = frontalness(detection);
  const size = Math.min(1, Math.sqrt(box.width * box.height) / FULL_SIZE_PIXELS);
  const exposure = patch ? exposureOf(patch) : 0;
  const completeness = insideShare(box, picture);
  const overall =
    (0.15 + 0.85 * front) * Math.sqrt(sharpness) * Math.sqrt(size) * (0.3 + 0.7 * exposure) * completeness ** 2;
  return {
    overall: round(overall),
    sharpness: round(sharpness),
    frontalness: round(front),
    size: round(size),
    exposure: round(exposure),
    completeness: round(completeness),
  };
}

/** 1 where nothing is crushed to black or burnt to white and the face as a whole is neither dark nor pale. */
function exposureOf(patch: Float32Array): number {
  let sum = 0;
  let clipped = 0;
  for (const luma of patch) {
    sum += luma;
    if (luma < 8 || luma > 250) clipped += 1;
  }
  const mean = sum / patch.length;
  const level = mean < 70 ? mean / 70 : mean > 200 ? (255 - mean) / 55 : 1;
  return Math.max(0, level * (1 - clipped / patch.length));
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
