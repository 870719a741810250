import type { Layer } from './layers.ts';
import type { Canvas, Region } from './sprite.ts';

/** A part of the frame in which something moves while the shutter is open. */
export interface MotionCluster {
  readonly region: Region;
  /** The longest way that anything goes, in pixels. */
  readonly pixels: number;
}

/** Less can't be seen. */
const LEAST_PIXELS = 0.25;

/** Where things move between two times; the regions do not overlap. */
export function motionClusters(
  layers: readonly Layer[],
  { from, to }: { from: number; to: number },
  canvas: Pick<Canvas, 'width' | 'height'>,
): MotionCluster[] {
  let clusters: MotionCluster[] = [];
  for (const layer of layers) {
    const begin = layer.at(from) ?? layer.at(to);
    const end = layer.at(to) ?? begin;
    if (!begin || !end) continue;
    const [a, b] = [begin.sprite.regionAt(begin.placement, canvas), end.sprite.regionAt(end.placement, canvas)];
    let cluster = { region: union(a, b), pixels: distance(a, b, begin.placement, end.placement) };
    if (cluster.pixels < LEAST_PIXELS || isEmpty(cluster.region)) continue;
    // A region that grew may reach one that it did not reach before.
    for (let touched = touching(clusters, cluster); touched.length > 0; touched = touching(clusters, cluster)) {
      clusters = clusters.filter((other) => !touched.includes(other));
      cluster = touched.reduce(
        (sum, { region, pixels }) => ({ region: union(sum.region, region), pixels: Math.max(sum.pixels, pixels) }),
        cluster,
      );
    }
    clusters.push(cluster);
  }
  return clusters;
}

function distance(a: Region, b: Region, from: { x: number; y: number; scale: number }, to: typeof from): number {
  const reach = Math.max(a.right - a.left, a.bottom - a.top, b.right - b.left, b.bottom - b.top) / from.scale;
  return Math.hypot(to.x - from.x, to.y - from.y) + (Math.abs(to.scale - from.scale) * reach) / 2;
}

function touching(clusters: readonly MotionCluster[], { region }: MotionCluster): MotionCluster[] {
  return clusters.filter(({ region: other }) => {
    const isApart =
      other.right <= region.left ||
      other.left >= region.right ||
      other.bottom <= region.top ||
      other.top >= region.bottom;
    return !isApart;
  });
}

function union(a: Region, b: Region): Region {
  if (isEmpty(a)) return b;
  if (isEmpty(b)) return a;
  return {
    left: Math.min(a.left, b.left),
    top: Math.min(a.top, b.top),
    right: Math.max(a.right, b.right),
    bottom: Math.max(a.bottom, b.bottom),
  };
}

function isEmpty({ left, top, right, bottom }: Region): boolean {
  return left >= right || top >= bottom;
}
