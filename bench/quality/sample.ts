import type { Detection } from '../../src/edge/face-detector/detection.ts';
import type { Picture } from '../../src/edge/face-detector/picture/picture.ts';
import type { ModelName } from './finders.ts';
import type { Treatment } from './treatments.ts';

/** One picture of one person's face, and what it is worth. */
export interface Sample {
  readonly set: 'photographs' | 'turns' | 'visits';
  readonly person: string;
  readonly kind: Treatment['kind'] | 'video';
  readonly picture: Picture;
  readonly found: ReadonlyMap<ModelName, Detection>;
  /** 0–1, see `utilityOf`. */
  readonly utility: number;
  /** Where the truth says it. */
  readonly isSharp?: boolean;
}
