/** A rectangle in pixels of the upright frame; not clipped to it. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** How large a box is: √(width × height), pixels. */
export function sideOf({ width, height }: Pick<Box, 'width' | 'height'>): number {
  return Math.sqrt(width * height);
}

/** A point in pixels of the upright frame: [x, y]. */
export type Point = readonly [x: number, y: number];

/** A face that a model found in one frame. */
export interface Detection {
  readonly box: Box;
  /** The model's own confidence, 0–1. Not a measure of quality. */
  readonly score: number;
  /** As the model gives them: 68 points (SSD with tiny landmarks, iBUG order) or 5 (YuNet: right eye, left eye, nose tip, right and left mouth corner, as seen on the person). */
  readonly landmarks: readonly Point[];
}
