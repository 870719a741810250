import type { Box } from './detection.ts';

/** Area shared by two boxes, divided by the area that they cover together: 0–1. */
export function intersectionOverUnion(a: Box, b: Box): number {
  const shared = sharedArea(a, b);
  return shared === 0 ? 0 : shared / (a.width * a.height + b.width * b.height - shared);
}

/** Share of a box that lies in another, 0–1. */
export function shareWithin(box: Box, other: Box): number {
  const shared = sharedArea(box, other);
  return shared === 0 ? 0 : shared / (box.width * box.height);
}

function sharedArea(a: Box, b: Box): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  return width <= 0 || height <= 0 ? 0 : width * height;
}
