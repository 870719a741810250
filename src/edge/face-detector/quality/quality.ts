import type { Box, Detection } from '../detection.ts';
import type { Picture } from '../picture/picture.ts';
import { completenessOf } from './completeness.ts';
import { exposureOf } from './exposure.ts';
import { faceGrid } from './face-grid.ts';
import { frontalness } from './frontalness.ts';
import { overallOf } from './overall.ts';
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
const HALF_SIZE_PIXELS = 20;
const SIZE_STEEPNESS = 2;

/** Measures a face in the picture that it was found in. The detector's score is no part of it: it hardly falls with blur. */
export function measureQuality(picture: Picture, detection: Pick<Detection, 'box' | 'landmarks'>): Quality {
  const { box } = detection;
  const grid = faceGrid(picture, box);
  const components = {
    sharpness: grid ? sharpnessOf(grid) : 0,
    frontalness: frontalness(detection),
    size: sizeOf(box),
    exposure: grid ? exposureOf(grid) : 0,
    completeness: completenessOf(detection, picture),
  };
  return {
    overall: round(overallOf(components)),
    sharpness: round(components.sharpness),
    frontalness: round(components.frontalness),
    size: round(components.size),
    exposure: round(components.exposure),
    completeness: round(components.completeness),
  };
}

function sizeOf({ width, height }: Box): number {
  const side = Math.sqrt(width * height) ** SIZE_STEEPNESS;
  return side / (side + HALF_SIZE_PIXELS ** SIZE_STEEPNESS);
}

function round(value: number): number {
  return Math.round(Math.min(1, Math.max(0, value)) * 1000) / 1000;
}
