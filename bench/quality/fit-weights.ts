import type { QualityComponents } from '../../src/edge/face-detector/quality/overall.ts';
import type { Measured } from './measured.ts';

/** Powers of the components; for frontalness the share of worth that a full profile loses. */
export type Weights = Record<keyof QualityComponents, number>;

const START: Weights = { sharpness: 1, size: 1, exposure: 1, completeness: 1, frontalness: 0.5 };
const FIRST_STEP = 0.32;
const LAST_STEP = 0.01;
const FOLDS = 5;

export function weighed(quality: QualityComponents, weights: Weights): number {
  return (
    quality.sharpness ** weights.sharpness *
    quality.size ** weights.size *
    quality.exposure ** weights.exposure *
    quality.completeness ** weights.completeness *
    (1 - weights.frontalness + weights.frontalness * quality.frontalness)
  );
}

/**
 * The weights that bring quality, times a factor of each person's own, closest to utility (least squares). Each kind of picture counts alike.
 *
 * @param free the weights to be fitted; the others stay as they are in `start`.
 */
export function fitWeights(
  rows: readonly Measured[],
  { free, start = START }: { free: readonly (keyof Weights)[]; start?: Weights },
): Weights {
  let best = { weights: start, loss: loss(rows, start) };
  // Pattern search (Hooke and Jeeves 1961): a step along each weight, half as long when none helps.
  for (let step = FIRST_STEP; step >= LAST_STEP; ) {
    const tried = free
      .flatMap((name) => [step, -step].map((by) => ({ ...best.weights, [name]: Math.max(0, best.weights[name] + by) })))
      .map((weights) => ({ weights, loss: loss(rows, weights) }))
      .reduce((least, next) => (next.loss < least.loss ? next : least));
    if (tried.loss < best.loss) best = tried;
    else step /= 2;
  }
  return best.weights;
}

/** Each row's quality by weights that were fitted without its person. */
export function heldOut(
  rows: readonly Measured[],
  free: readonly (keyof Weights)[],
  start: Weights,
): Map<Measured, number> {
  const persons = [...new Set(rows.map(({ person }) => person))];
  const foldOf = new Map(persons.map((person, i) => [person, i % FOLDS]));
  const predicted = new Map<Measured, number>();
  for (let fold = 0; fold < FOLDS; fold += 1) {
    const others = rows.filter(({ person }) => foldOf.get(person) !== fold);
    const weights = fitWeights(others, { free, start });
    for (const row of rows) if (foldOf.get(row.person) === fold) predicted.set(row, weighed(row.quality, weights));
  }
  return predicted;
}

/** Mean squared error, with the best factor for each person. */
function loss(rows: readonly Measured[], weights: Weights): number {
  const counts = new Map<string, number>();
  for (const { kind } of rows) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  const byPerson = new Map<string, { uu: number; uq: number; qq: number }>();
  for (const { person, kind, utility, quality } of rows) {
    const share = 1 / (counts.get(kind) ?? 1);
    const q = weighed(quality, weights);
    const sums = byPerson.get(person) ?? { uu: 0, uq: 0, qq: 0 };
    sums.uu += share * utility * utility;
    sums.uq += share * utility * q;
    sums.qq += share * q * q;
    byPerson.set(person, sums);
  }
  let sum = 0;
  for (const { uu, uq, qq } of byPerson.values()) sum += qq > 0 ? uu - (uq * uq) / qq : uu;
  return sum / counts.size;
}
