import type { Box } from '../detection.ts';

/** Distance of the centres in sides of the larger box; Infinity where one is more than 1.8 times as large. */
export function distanceInSides(a: Box, b: Box): number {
  const [sideA, sideB] = [Math.sqrt(a.width * a.height), Math.sqrt(b.width * b.height)];
  const larger = Math.max(sideA, sideB);
  if (larger > 1.8 * Math.min(sideA, sideB)) return Number.POSITIVE_INFINITY;
  return Math.hypot(a.x + a.width / 2 - b.x - b.width / 2, a.y + a.height / 2 - b.y - b.height / 2) / larger;
}
