import { describe, expect, it } from 'vitest';
import { correct, type Estimate, predict } from './constant-velocity.ts';

const START: Estimate = { value: 0, rate: 0, valueVariance: 1, covariance: 0, rateVariance: 100 };
const PASSAGE = { rateNoise: 4, memorySeconds: 4 };

describe('the filter of one coordinate', () => {
  it('finds the rate of what moves evenly, at irregular times', () => {
    let [estimate, atSeconds] = [START, 0];
    for (const seconds of [0.07, 0.5, 0.1, 0.2, 0.07, 0.4, 0.1, 0.3]) {
      atSeconds += seconds;
      estimate = correct(predict(estimate, { ...PASSAGE, seconds, memorySeconds: Infinity }), 30 * atSeconds, 0.1);
    }
    expect(estimate.rate).toBeCloseTo(30, 0);
    expect(estimate.value).toBeCloseTo(30 * atSeconds, 0);
  });

  it('grows less sure with time, and about as much in many steps as in one where rates last', () => {
    const lasting = { rateNoise: 4, memorySeconds: Infinity };
    const once = predict(START, { ...lasting, seconds: 1 });
    let often = START;
    for (let step = 0; step < 100; step += 1) often = predict(often, { ...lasting, seconds: 0.01 });
    expect(often.valueVariance).toBeCloseTo(once.valueVariance, 6);
    expect(often.covariance).toBeCloseTo(once.covariance, 6);
    expect(often.rateVariance).toBeCloseTo(once.rateVariance, 6);
  });

  it('keeps its variances positive after a hundred thousand steps, some of no time at all', () => {
    let estimate = START;
    for (let step = 0; step < 100_000; step += 1) {
      const seconds = [0, 1e-4, 0.06, 2][step % 4] as number;
      estimate = correct(predict(estimate, { ...PASSAGE, seconds }), Math.sin(step), 1e-4);
    }
    expect(estimate.valueVariance).toBeGreaterThan(0);
    expect(estimate.rateVariance).toBeGreaterThan(0);
    expect(estimate.covariance ** 2).toBeLessThan(estimate.valueVariance * estimate.rateVariance);
    expect(Number.isFinite(estimate.value)).toBe(true);
  });
});
