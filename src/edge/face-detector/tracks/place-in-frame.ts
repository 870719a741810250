import { type Box, sideOf } from '../detection.ts';
import type { FrameSize } from './sighting.ts';

/** Distance of a box from the nearest border, in its own sides; negative where that cuts it, 0 where no frame is known. */
export function sidesFromBorder({ x, y, width, height }: Box, frame: FrameSize | undefined): number {
  if (!frame) return 0;
  return Math.min(x, y, frame.width - x - width, frame.height - y - height) / sideOf({ width, height });
}
