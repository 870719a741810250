import type { Appearance, Layer } from './layers.ts';
import { LightSum, litOf, runsOf } from './light-sum.ts';
import type { Interval } from './scene.ts';
import { type Canvas, intersection, type Region } from './sprite.ts';

/** One exposure for every pixel of the way: with fewer, edges show as combs, which look sharp. */
const MOST_EXPOSURES = 64;
/** A picture is scaled anew where its size changes by more than this share. */
const SAME_SCALE = 0.004;

/** How far the fastest part of a layer goes while the shutter is open, in pixels. */
export function travel(layer: Layer, { from, to }: Interval): number {
  const [begin, end] = [layer.at(from), layer.at(to)];
  if (!begin || !end) return 0;
  const [a, b] = [begin.sprite.bounds(begin.placement), end.sprite.bounds(end.placement)];
  const growth = Math.max(Math.abs(width(b) - width(a)), Math.abs(height(b) - height(a)));
  const { x, y } = begin.placement;
  // Bounds are whole pixels: what they grow by may be one of rounding at each end.
  return Math.hypot(end.placement.x - x, end.placement.y - y) + Math.max(0, growth - 2) / 2;
}

/**
 * Draws a layer as a shutter sees it that is open from one time to another: the mean of exposures all along the way. What it
 * hides is taken for standing still meanwhile.
 */
export function drawSmeared(canvas: Canvas, layer: Layer, shutter: Interval): void {
  const count = Math.min(MOST_EXPOSURES, Math.ceil(travel(layer, shutter)) + 1);
  const exposures = Array.from({ length: count }, (_, i) =>
    layer.at(shutter.from + ((shutter.to - shutter.from) * (i + 0.5)) / count),
  ).filter((appearance) => appearance !== undefined);
  if (exposures.length === 0) return;
  const all = exposures.map(({ sprite, placement }) => sprite.bounds(placement)).reduce(union);
  const sum = new LightSum(intersection(all, grown(canvas, 0)));
  for (const { drawn, moves } of groups(exposures)) {
    // Also what lies just outside of the frame: another exposure may bring it in.
    const raster = drawn.sprite.raster(drawn.placement, grown(canvas, count + 1));
    if (!raster) continue;
    const lit = litOf(raster);
    for (const run of runsOf(moves)) sum.add(lit, run);
  }
  sum.cover(canvas, exposures.length);
}

/** Exposures that one drawing serves, and how it is moved for each. */
function groups(exposures: readonly Appearance[]): { drawn: Appearance; moves: [x: number, y: number][] }[] {
  const found: { drawn: Appearance; moves: [x: number, y: number][] }[] = [];
  for (const exposure of exposures) {
    const { x, y, scale } = exposure.placement;
    let group = found.at(-1);
    const before = group?.drawn;
    if (!group || before?.sprite !== exposure.sprite || Math.abs(scale / before.placement.scale - 1) > SAME_SCALE) {
      group = { drawn: exposure, moves: [] };
      found.push(group);
    }
    const { placement } = group.drawn;
    group.moves.push([Math.round(x - placement.x), Math.round(y - placement.y)]);
  }
  return found;
}

function grown({ width, height }: Canvas, by: number): Region {
  return { left: -by, top: -by, right: width + by, bottom: height + by };
}

function width({ left, right }: Region): number {
  return right - left;
}

function height({ top, bottom }: Region): number {
  return bottom - top;
}

function union(a: Region, b: Region): Region {
  return {
    left: Math.min(a.left, b.left),
    top: Math.min(a.top, b.top),
    right: Math.max(a.right, b.right),
    bottom: Math.max(a.bottom, b.bottom),
  };
}
