import type { RegionConfig } from '../../../platform/config/camera.ts';
import type { Box } from '../detection.ts';
import { isInside } from './polygon.ts';

/** `outside`: there are regions to watch, and it is in none of them. `ignored` where both hold. */
export type RegionVerdict = 'kept' | 'outside' | 'ignored';

/** The right and lower border of the frame belong to the frame, though not to a polygon that ends there. */
const LAST = 1 - 2 ** -20;
/** Points in each direction at which a cell is looked at. */
const SAMPLES = 4;

/**
 * Tells of a face where its centre lies. A centre beyond the border, of a face that the border cuts, counts as on it.
 * @param regions none: everything is kept.
 */
export function createRegionFilter(
  regions: readonly RegionConfig[] = [],
): (box: Box, frame: { readonly width: number; readonly height: number }) => RegionVerdict {
  const judge = judgeOf(regions);
  return (box, frame) => judge((box.x + box.width / 2) / frame.width, (box.y + box.height / 2) / frame.height);
}

/** Whether what moves at a place may be of interest: a face whose centre is there would be kept. x and y are fractions of the frame. */
export function createWatch(regions: readonly RegionConfig[] = []): (x: number, y: number) => boolean {
  const judge = judgeOf(regions);
  return (x, y) => judge(x, y) === 'kept';
}

/**
 * The cells of a grid over the frame in which movement may be of interest, row by row: 1 where any part of the cell is watched.
 * A part narrower than a quarter of the cell may be missed.
 */
export function watchedCells(regions: readonly RegionConfig[] | undefined, columns: number, rows: number): Uint8Array {
  const watches = createWatch(regions);
  const offsets = Array.from({ length: SAMPLES }, (_, index) => (index + 0.5) / SAMPLES);
  return Uint8Array.from({ length: columns * rows }, (_, cell) => {
    const [column, row] = [cell % columns, Math.floor(cell / columns)];
    return Number(offsets.some((dy) => offsets.some((dx) => watches((column + dx) / columns, (row + dy) / rows))));
  });
}

function judgeOf(regions: readonly RegionConfig[]): (x: number, y: number) => RegionVerdict {
  const polygons = (type: RegionConfig['type']) =>
    regions.filter((region) => region.type === type).map(({ points }) => points);
  const [watched, ignored] = [polygons('watch'), polygons('ignore')];
  return (x, y) => {
    const [u, v] = [Math.min(LAST, Math.max(0, x)), Math.min(LAST, Math.max(0, y))];
    if (ignored.some((polygon) => isInside(polygon, u, v))) return 'ignored';
    return watched.length === 0 || watched.some((polygon) => isInside(polygon, u, v)) ? 'kept' : 'outside';
  };
}
