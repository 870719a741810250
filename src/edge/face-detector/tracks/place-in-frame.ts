import type { Box } from '../detection.ts';
import type { FrameSize } from './sighting.ts';

/** Distance of a box from the nearest border, in its own sides; negative where that cuts it, 0 where no frame is known. */
export function sidesFromBorder({ x, y, width, height }: Box, frame: FrameSize | undefined): number {
  if (!frame) return 0;
  return Math.min(x, y, frame.width - x - width, frame.height - y - height) / Math.sqrt(width * height);
}

/** Share of a box that lies in another, 0–1. */
export function shareWithin(box: Box, other: Box): number {
  const width = Math.min(box.x + box.width, other.x + other.width) - Math.max(box.x, other.x);
  const height = Math.min(box.y + box.height, other.y + other.height) - Math.max(box.y, other.y);
  return width <= 0 || height <= 0 ? 0 : (width * height) / (box.width * box.height);
}
