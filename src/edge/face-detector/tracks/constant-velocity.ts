/** What is believed of one coordinate: its value, its rate a second, and how sure both are. */
export interface Estimate {
  readonly value: number;
  readonly rate: number;
  readonly valueVariance: number;
  readonly covariance: number;
  readonly rateVariance: number;
}

export interface Passage {
  readonly seconds: number;
  /** Variance that the rate gains in a second: how fast things start, stop and turn. */
  readonly rateNoise: number;
  /** Seconds after which a rate has faded to 1/e; Infinity for one that stays. */
  readonly memorySeconds: number;
}

/**
 * The Kalman filter's prediction for a rate that is shaken by white noise and fades (Bar-Shalom et al., Estimation with Applications to Tracking and
 * Navigation, §6.2). Noise follows from the time that passed, so many short steps come to what one long one does, and frames may be irregular.
 */
export function predict(estimate: Estimate, { seconds, rateNoise, memorySeconds }: Passage): Estimate {
  if (seconds <= 0) return estimate;
  const kept = Number.isFinite(memorySeconds) ? Math.exp(-seconds / memorySeconds) : 1;
  const reach = Number.isFinite(memorySeconds) ? memorySeconds * (1 - kept) : seconds;
  const { value, rate, valueVariance, covariance, rateVariance } = estimate;
  return {
    value: value + reach * rate,
    rate: kept * rate,
    valueVariance: valueVariance + 2 * reach * covariance + reach ** 2 * rateVariance + (rateNoise * seconds ** 3) / 3,
    covariance: kept * (covariance + reach * rateVariance) + (rateNoise * seconds ** 2) / 2,
    rateVariance: kept ** 2 * rateVariance + rateNoise * seconds,
  };
}

/** Takes a measured value in. In the Joseph form, which keeps variances positive whatever is rounded. */
export function correct(estimate: Estimate, measured: number, measuredVariance: number): Estimate {
  const { value, rate, valueVariance, covariance, rateVariance } = estimate;
  const total = valueVariance + measuredVariance;
  const valueGain = valueVariance / total;
  const rateGain = covariance / total;
  const surprise = measured - value;
  const rest = 1 - valueGain;
  return {
    value: value + valueGain * surprise,
    rate: rate + rateGain * surprise,
    valueVariance: rest ** 2 * valueVariance + valueGain ** 2 * measuredVariance,
    covariance: rest * (covariance - rateGain * valueVariance) + valueGain * rateGain * measuredVariance,
    rateVariance: rateVariance - 2 * rateGain * covariance + rateGain ** 2 * total,
  };
}
