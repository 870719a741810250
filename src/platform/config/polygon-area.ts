/** A corner as [x, y]. */
export type Corner = readonly [x: number, y: number];

/**
 * What a polygon encloses by the even-odd rule: the halves of a figure of eight both count, and a path that runs back on itself
 * encloses nothing. (The shoelace formula takes the two halves for opposites and finds 0.)
 * Between two neighbouring heights at which corners lie or edges cross, everything is a trapezium: its width half-way is exact.
 */
export function evenOddArea(corners: readonly Corner[]): number {
  const edges = corners.map((from, index) => ({ from, to: corners[(index + 1) % corners.length] ?? from }));
  const heights = new Set(corners.map(([, y]) => y));
  for (const [index, one] of edges.entries()) {
    for (const other of edges.slice(index + 1)) {
      const y = crossingHeight(one, other);
      if (y !== undefined) heights.add(y);
    }
  }
  const sorted = [...heights].sort((a, b) => a - b);
  return sorted.slice(1).reduce((area, bottom, index) => {
    const top = sorted[index] ?? bottom;
    return area + (bottom - top) * widthAt(edges, (top + bottom) / 2);
  }, 0);
}

interface Edge {
  readonly from: Corner;
  readonly to: Corner;
}

/** How much of the horizontal line at this height lies inside. */
function widthAt(edges: readonly Edge[], y: number): number {
  const crossings = edges
    .filter(({ from, to }) => from[1] > y !== to[1] > y)
    .map(({ from, to }) => from[0] + ((y - from[1]) / (to[1] - from[1])) * (to[0] - from[0]))
    .sort((a, b) => a - b);
  return crossings.reduce((width, x, index) => width + (index % 2 === 1 ? x - (crossings[index - 1] ?? x) : 0), 0);
}

function crossingHeight(one: Edge, other: Edge): number | undefined {
  const [dx, dy] = [one.to[0] - one.from[0], one.to[1] - one.from[1]];
  const [ex, ey] = [other.to[0] - other.from[0], other.to[1] - other.from[1]];
  const cross = dx * ey - dy * ex;
  if (cross === 0) return undefined;
  const along = ((other.from[0] - one.from[0]) * ey - (other.from[1] - one.from[1]) * ex) / cross;
  const across = ((other.from[0] - one.from[0]) * dy - (other.from[1] - one.from[1]) * dx) / cross;
  return along >= 0 && along <= 1 && across >= 0 && across <= 1 ? one.from[1] + along * dy : undefined;
}
