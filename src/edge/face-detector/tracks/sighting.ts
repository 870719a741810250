import type { Box } from '../detection.ts';

/** A face found in one frame, as far as following it needs. */
export interface Sighting {
  readonly box: Box;
  /** The detector's confidence, 0–1. */
  readonly score: number;
  /** What the face looks like, as a vector of length 1 that a caller may give: the more alike, the larger the cosine. */
  readonly appearance?: Float32Array | undefined;
}

/** Pixels across and down. */
export interface FrameSize {
  readonly width: number;
  readonly height: number;
}
