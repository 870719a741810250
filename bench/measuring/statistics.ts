/** Of a list that is not empty, in any order. */
export function median(values: readonly number[]): number {
  return percentile(values, 50);
}

/**
 * By linear interpolation between the two nearest ranks, as numpy does by default.
 *
 * @param percent 0–100.
 */
export function percentile(values: readonly number[], percent: number): number {
  if (values.length === 0) throw new Error('Expected at least one value, got none.');
  const sorted = values.toSorted((a, b) => a - b);
  const rank = ((sorted.length - 1) * percent) / 100;
  const below = sorted[Math.floor(rank)] as number;
  const above = sorted[Math.ceil(rank)] as number;
  return below + (above - below) * (rank - Math.floor(rank));
}

/** Slope of the straight line that fits points [x, y] best (least squares); 0 for fewer than two different x. */
export function slope(points: readonly (readonly [number, number])[]): number {
  const meanX = mean(points.map(([x]) => x));
  const meanY = mean(points.map(([, y]) => y));
  let covariance = 0;
  let variance = 0;
  for (const [x, y] of points) {
    covariance += (x - meanX) * (y - meanY);
    variance += (x - meanX) ** 2;
  }
  return variance === 0 ? 0 : covariance / variance;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}
