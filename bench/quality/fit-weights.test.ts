import { describe, expect, it } from 'vitest';
import { randomOf } from './degrade.ts';
import { fitWeights, heldOut, weighed } from './fit-weights.ts';
import type { Measured } from './measured.ts';

const TRUE = { sharpness: 0.7, size: 1.3, exposure: 0.4, completeness: 0.5, frontalness: 0.3 };
const ALL = ['sharpness', 'size', 'exposure', 'completeness', 'frontalness'] as const;

/** Pictures whose utility is known: the true weights', and each person's own factor. */
function made(pictures: number): Measured[] {
  const random = randomOf(7);
  const factors = [0.9, 0.6, 0.8, 0.5, 0.7, 0.75];
  return Array.from({ length: pictures }, (_, i) => {
    const some = () => 0.1 + 0.9 * random();
    const components = { sharpness: some(), size: some(), exposure: some(), completeness: some(), frontalness: some() };
    const utility = (factors[i % 6] ?? 1) * weighed(components, TRUE);
    const quality = { ...components, overall: 0 };
    return {
      set: 'photographs',
      person: `p${i % 6}`,
      kind: i % 3 === 0 ? 'size' : 'mixed',
      model: 'ssd',
      utility,
      quality,
    };
  });
}

describe('fitWeights', () => {
  it('finds the weights that utility was made with', () => {
    const found = fitWeights(made(300), { free: ALL });
    for (const name of ALL) expect(found[name]).toBeCloseTo(TRUE[name], 1);
  });

  it('leaves alone what is not free', () => {
    const start = { ...TRUE, sharpness: 2 };
    expect(fitWeights(made(60), { free: ['size'], start })).toMatchObject({ sharpness: 2, exposure: 0.4 });
  });

  it('predicts persons it was not fitted to', () => {
    const rows = made(300);
    for (const [row, predicted] of heldOut(rows, ALL, TRUE)) {
      expect(predicted).toBeCloseTo(weighed(row.quality, TRUE), 1);
    }
  });
});
