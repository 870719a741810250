/**
 * Jain's index of shares: 1 when all are equal, 1/n when one has everything (Jain, Chiu, Hawe 1984).
 *
 * @param shares of which at least one is not 0.
 */
export function jainIndex(shares: readonly number[]): number {
  const sum = shares.reduce((total, share) => total + share, 0);
  const squares = shares.reduce((total, share) => total + share * share, 0);
  return (sum * sum) / (shares.length * squares);
}

/** How many each had when half of all was done. @param timesMs of everything that each got done, in order. */
export function countsAtHalf(timesMs: readonly (readonly number[])[]): number[] {
  const all = timesMs.flat().sort((a, b) => a - b);
  const half = all[Math.floor(all.length / 2)] ?? 0;
  return timesMs.map((times) => times.filter((timeMs) => timeMs <= half).length);
}
