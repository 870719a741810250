import type { Path } from './path.ts';
import type { Portrait } from './portraits.ts';
import type { Canvas } from './sprite.ts';

export const FRAME_WIDTH = 1280;
export const FRAME_HEIGHT = 720;

/** Seconds since the scene began. */
export interface Interval {
  readonly from: number;
  readonly to: number;
}

/** One person's presence: a visit in the truth, and a new one when they come back. */
export interface Actor {
  readonly id: string;
  readonly portrait: Portrait;
  readonly isMirrored?: boolean;
  readonly path: Path;
  /** The farther things are drawn first. */
  readonly depth: number;
  /** When they turn their back on the camera. */
  readonly turnedAway?: readonly Interval[];
}

/** A thing without a face. */
export interface Prop {
  readonly depth: number;
  readonly look: PropLook;
  readonly path: Path;
}

/** `backOf`: a person who never turns round. Widths are pixels where the path has a `face` of 100; a shade is 0–100. */
export type PropLook =
  | { readonly type: 'pillar'; readonly width: number; readonly shade: number }
  | { readonly type: 'trolley' }
  | { readonly type: 'ball' }
  | { readonly type: 'backOf'; readonly portrait: Portrait };

/** How bright it is at a time; 1 leaves everything as it is. */
export interface Light {
  readonly at: number;
  readonly gain: number;
}

/** Everything that makes a video, and the same video every time. */
export interface Scene {
  readonly name: string;
  readonly fps: number;
  readonly seconds: number;
  readonly seed: number;
  /** What stands still: FRAME_WIDTH × FRAME_HEIGHT. */
  readonly background: () => Promise<Canvas>;
  readonly actors: readonly Actor[];
  readonly props: readonly Prop[];
  /** In order of time, linear in between; 1 throughout where there is none. */
  readonly light?: readonly Light[];
  readonly longestExposureSeconds: number;
  /** Standard deviation of the sensor's noise, in levels of 255. */
  readonly noise: number;
}
