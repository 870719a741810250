import { measureQuality, type Quality } from '../../src/edge/face-detector/quality/quality.ts';
import type { ModelName } from './finders.ts';
import type { Sample } from './sample.ts';

/** One face as one model found it: what our measure says of it, and what it is worth. */
export interface Measured extends Pick<Sample, 'set' | 'person' | 'kind' | 'utility' | 'isSharp'> {
  readonly model: ModelName;
  readonly quality: Quality;
}

/** Without the pixels, which are many. */
export function measure({ picture, found, set, person, kind, utility, isSharp }: Sample): Measured[] {
  return [...found].map(([model, detection]) => ({
    set,
    person,
    kind,
    utility,
    model,
    quality: measureQuality(picture, detection),
    ...(isSharp !== undefined && { isSharp }),
  }));
}
