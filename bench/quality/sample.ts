import type { Detection } from '../../src/edge/face-detector/detection.ts';
import type { Picture } from '../../src/edge/face-detector/picture/picture.ts';
import { measureQuality, type Quality } from '../../src/edge/face-detector/quality/quality.ts';
import type { ModelName } from './finders.ts';
import type { Treatment } from './treatments.ts';

/** One picture of one person's face, without its pixels: what our measure says of it, and what it is worth. */
export interface Sample {
  readonly set: 'photographs' | 'turns' | 'visits';
  readonly person: string;
  readonly kind: Treatment['kind'] | 'video';
  /** Of the face as each model finds it; nothing where it finds nothing. */
  readonly qualities: ReadonlyMap<ModelName, Quality>;
  /** 0–1, see `utilityOf`. */
  readonly utility: number;
  /** Where the truth says it. */
  readonly isSharp?: boolean;
}

export function qualitiesOf(picture: Picture, found: ReadonlyMap<ModelName, Detection>): Map<ModelName, Quality> {
  return new Map(found.entries().map(([model, detection]) => [model, measureQuality(picture, detection)]));
}
