import type { Box } from '../detection.ts';

/** Intersection over union of two boxes, 0–1. */
export function overlap(a: Box, b: Box): number {
  const across = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const down = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  if (across <= 0 || down <= 0) return 0;
  const shared = across * down;
  return shared / (a.width * a.height + b.width * b.height - shared);
}

/** Distance of the centres in sides of the larger box; Infinity where one is more than 1.8 times as large. */
export function distanceInSides(a: Box, b: Box): number {
  const [sideA, sideB] = [Math.sqrt(a.width * a.height), Math.sqrt(b.width * b.height)];
  const larger = Math.max(sideA, sideB);
  if (larger > 1.8 * Math.min(sideA, sideB)) return Number.POSITIVE_INFINITY;
  return Math.hypot(a.x + a.width / 2 - b.x - b.width / 2, a.y + a.height / 2 - b.y - b.height / 2) / larger;
}
