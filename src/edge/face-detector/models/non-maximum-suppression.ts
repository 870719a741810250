import type { Box } from '../detection.ts';
import { intersectionOverUnion } from '../intersection-over-union.ts';

/**
 * Greedy non-maximum suppression: the best first, and none that overlaps a better one by more than `maxIou`.
 *
 * @returns the kept candidates, best first. There is no limit to their number.
 */
export function suppressNonMaxima<Candidate extends { readonly box: Box; readonly score: number }>(
  candidates: readonly Candidate[],
  maxIou: number,
): Candidate[] {
  const kept: Candidate[] = [];
  for (const candidate of candidates.toSorted((a, b) => b.score - a.score)) {
    if (kept.every(({ box }) => intersectionOverUnion(box, candidate.box) <= maxIou)) kept.push(candidate);
  }
  return kept;
}
