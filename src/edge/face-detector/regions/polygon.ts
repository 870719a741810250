import type { RegionConfig } from '../../../platform/config/camera.ts';

/** Corners [x, y] in order, as fractions of the frame; the last is joined to the first. */
export type Polygon = RegionConfig['points'];

/**
 * Whether a point lies inside by the even-odd rule: a line from it to the right crosses the outline an odd number of times.
 * Of two polygons with a common edge exactly one has a point that lies on it.
 */
export function isInside(polygon: Polygon, x: number, y: number): boolean {
  let inside = false;
  let from = polygon.at(-1);
  for (const to of polygon) {
    if (from && from[1] > y !== to[1] > y && x < from[0] + ((y - from[1]) / (to[1] - from[1])) * (to[0] - from[0])) {
      inside = !inside;
    }
    from = to;
  }
  return inside;
}
