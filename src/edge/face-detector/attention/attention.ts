import type { RegionConfig } from '../../../platform/config/camera.ts';
import type { Frame } from '../frame.ts';
import type { Track } from '../tracks/track.ts';
import { ChangeDetector } from './change-detector.ts';

/** Nobody is followed and something moves: so often is looked for a face. */
const SEARCH_MS = 200;
/** Somebody is followed: so often at least, as long as something moves … */
const FOLLOW_MS = 330;
/** … and at most so often, however fast they walk. */
const LEAST_MS = 60;
/** Of a face that may be further than this from where it is thought to be, in its own sides, the next frame is looked at. */
const MOST_DRIFT_SIDES = 0.45;
/** Somebody is followed in a picture that stands still. */
const STILL_MS = 1_000;
/** So long before a face is forgotten it is looked for once more: one look that fails must not end a visit in a still picture. */
const LAST_CHANCE_MS = 500;
/** Frames come a little early or late. */
const JITTER_MS = 12;

export interface AttentionOptions {
  /** Each frame is looked at in which there may be a face: nothing is carried from one to the next. */
  readonly everyFrame: boolean;
  /** A face that was not seen for longer is followed no more. */
  readonly forgetAfterMs: number;
  /** Where movement matters; none: everywhere. */
  readonly regions?: readonly RegionConfig[] | undefined;
}

/** Decides which frames a model looks at: a look costs ten times what everything else of a frame does. */
export class Attention {
  readonly #everyFrame: boolean;
  readonly #changes: ChangeDetector;
  readonly #followMs: number;
  readonly #lastChanceAfterMs: number;
  #lookedAtMs = Number.NEGATIVE_INFINITY;

  constructor({ everyFrame, forgetAfterMs, regions }: AttentionOptions) {
    this.#everyFrame = everyFrame;
    this.#followMs = Math.min(FOLLOW_MS, forgetAfterMs / 2);
    this.#lastChanceAfterMs = Math.max(forgetAfterMs / 2, forgetAfterMs - LAST_CHANCE_MS);
    this.#changes = new ChangeDetector(regions);
  }

  /**
   * To be asked once for each frame.
   *
   * @param tracks the faces that are followed, carried to this frame's time.
   */
  wants(frame: Frame, tracks: readonly Track[]): boolean {
    if (frame.cut) this.#changes.reset();
    const hasChanged = this.#changes.see(frame);
    const wants = frame.cut || this.#isDue(frame.capturedAt.getTime(), tracks, hasChanged);
    if (!wants) return false;
    this.#changes.looked();
    this.#lookedAtMs = frame.capturedAt.getTime();
    return true;
  }

  #isDue(atMs: number, tracks: readonly Track[], hasChanged: boolean): boolean {
    const sinceMs = atMs - this.#lookedAtMs + JITTER_MS;
    if (this.#everyFrame) return hasChanged || tracks.length > 0;
    if (tracks.length === 0) return hasChanged && sinceMs >= SEARCH_MS;
    if (!hasChanged) return sinceMs >= STILL_MS || tracks.some((track) => this.#isLastChance(track, atMs));
    if (sinceMs >= this.#followMs) return true;
    return sinceMs >= LEAST_MS && tracks.some((track) => this.#isUrgent(track, atMs));
  }

  /** One that was seen once may be a mistake: a second look tells. One that has left is looked for with the rest. */
  #isUrgent(track: Track, atMs: number): boolean {
    return !track.hasLeft && !track.isMissed && (!track.isConfirmed || track.driftInSides(atMs) > MOST_DRIFT_SIDES);
  }

  #isLastChance({ hasLeft, lastSeenAtMs }: Track, atMs: number): boolean {
    const chanceAtMs = lastSeenAtMs + this.#lastChanceAfterMs;
    return !hasLeft && this.#lookedAtMs < chanceAtMs && atMs >= chanceAtMs;
  }
}
