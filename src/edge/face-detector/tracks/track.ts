import type { Box } from '../detection.ts';
import { FaceMotion, type Whereabouts } from './face-motion.ts';
import { blendLooks } from './likeness.ts';
import { sidesFromBorder } from './place-in-frame.ts';
import type { FrameSize, Sighting } from './sighting.ts';

/** One face followed from frame to frame. */
export interface Track {
  /** From 1, never used again. */
  readonly number: number;
  /** Where the face is thought to be at the time of the last update or carrying, in pixels. */
  readonly box: Box;
  /** Pixels a second of the box's centre: right, down. */
  readonly velocity: readonly [x: number, y: number];
  /** Sightings so far. */
  readonly hits: number;
  readonly firstSeenAtMs: number;
  readonly lastSeenAtMs: number;
  /** Seen more than once: hardly a detector's mistake. */
  readonly isConfirmed: boolean;
  /** Looked for and not found since it was seen last. */
  readonly isMissed: boolean;
  /** Its motion has carried it out of the frame. */
  readonly hasLeft: boolean;
  /** How far from its carried box, in its own sides, the face may be by then: twice the standard deviation of where it is thought to be. */
  driftInSides(atMs: number): number;
}

const CONFIRMING_HITS = 2;
/** A box that the border cuts tells less of where the face is. */
const CUT_BOX_NOISE = 2.5;
/** Unsure finds lie worse (StrongSORT, Du et al. 2023: noise by score). */
const UNSURE_BOX_NOISE = 1.5;
const SURE_SCORE = 0.5;
/** Before so long has passed, a face that seems to have walked out may as well have stopped at the border. */
const LEAVING_MS = 180;

export interface FollowOptions {
  readonly frame?: FrameSize | undefined;
  /** Of an appearance vector: `AppearanceScale.parts`. */
  readonly lookParts?: number | undefined;
}

/** A track with what the tracker alone needs. */
export class FollowedFace implements Track {
  readonly number: number;
  readonly motion: FaceMotion;
  readonly firstSeenAtMs: number;
  readonly #frame: FrameSize | undefined;
  readonly #lookParts: number;
  #look: Float32Array | undefined;
  #hits = 1;
  #lastSeenAtMs: number;
  #missedAtMs: number[] = [];
  #wasCovered = false;
  #now: Whereabouts;
  #nowMs: number;

  constructor(number: number, { box, appearance }: Sighting, atMs: number, { frame, lookParts = 1 }: FollowOptions) {
    this.#lookParts = lookParts;
    this.number = number;
    this.motion = new FaceMotion(box, atMs);
    this.firstSeenAtMs = atMs;
    this.#frame = frame;
    this.#look = appearance;
    this.#lastSeenAtMs = atMs;
    this.#now = this.motion.at(atMs);
    this.#nowMs = atMs;
  }

  get box(): Box {
    return this.#now.box;
  }

  get velocity(): readonly [x: number, y: number] {
    return this.motion.velocity;
  }

  get hits(): number {
    return this.#hits;
  }

  get lastSeenAtMs(): number {
    return this.#lastSeenAtMs;
  }

  get isConfirmed(): boolean {
    return this.#hits >= CONFIRMING_HITS;
  }

  get isMissed(): boolean {
    return this.#missedAtMs.length > 0;
  }

  get hasLeft(): boolean {
    if (!this.#frame || this.#nowMs - this.#lastSeenAtMs < LEAVING_MS) return false;
    const { centreX, centreY } = this.#now;
    return centreX < 0 || centreY < 0 || centreX > this.#frame.width || centreY > this.#frame.height;
  }

  /** Hidden behind another face when it was missed. */
  get wasCovered(): boolean {
    return this.#wasCovered;
  }

  get look(): Float32Array | undefined {
    return this.#look;
  }

  get now(): Whereabouts {
    return this.#now;
  }

  driftInSides(atMs: number): number {
    const { spreadX, spreadY } = this.motion.at(atMs);
    return 2 * Math.max(spreadX, spreadY);
  }

  /** To a time that is not before the last sighting. */
  carry(atMs: number): void {
    this.#nowMs = Math.max(atMs, this.#lastSeenAtMs);
    this.#now = this.motion.at(this.#nowMs);
  }

  see({ box, score, appearance }: Sighting, atMs: number, isClear: boolean): void {
    const noise =
      (sidesFromBorder(box, this.#frame) < 0 ? CUT_BOX_NOISE : 1) * (score < SURE_SCORE ? UNSURE_BOX_NOISE : 1);
    this.motion.observe(box, atMs, { missedAtMs: this.#missedAtMs, noise });
    if (appearance && isClear) this.#look = blendLooks(this.#look, appearance, score, this.#lookParts);
    this.#hits += 1;
    this.#lastSeenAtMs = atMs;
    this.#missedAtMs = [];
    this.#wasCovered = false;
    this.carry(atMs);
  }

  miss(atMs: number, isCovered: boolean): void {
    this.#missedAtMs.push(atMs);
    this.#wasCovered ||= isCovered;
  }
}
