import type { Quality } from '../../src/edge/face-detector/quality/quality.ts';
import type { ModelName } from './finders.ts';
import type { Sample } from './sample.ts';

/** One face as one model found it. */
export interface Measured extends Omit<Sample, 'qualities'> {
  readonly model: ModelName;
  readonly quality: Quality;
}

export function byModel({ qualities, ...sample }: Sample): Measured[] {
  return [...qualities].map(([model, quality]) => ({ ...sample, model, quality }));
}
