import { type Box, sideOf } from '../detection.ts';
import { correct, type Estimate, type Passage, predict } from './constant-velocity.ts';

/** How far a found box lies from the true one, in sides: detectors jitter. */
const BOX_NOISE = 0.05;
/** A face that nobody saw move yet may go at so many sides a second. */
const FIRST_SPEED = 4;
/** Sides a second that the speed of a standing face may have changed by in a second; and what is added for one that moves, per side a second. */
const STANDING_RESTLESSNESS = 1.2;
const MOVING_RESTLESSNESS = 0.6;
const CENTRE_MEMORY_SECONDS = 4;

/** Of the logarithm of the side, and the same of the aspect. */
const SIZE_NOISE = 0.08;
const FIRST_GROWTH = 0.5;
const GROWTH_NOISE = 0.5;
const GROWTH_MEMORY_SECONDS = 0.7;
const MAX_GROWTH = 1.5;
/** However it grew, no face is thought to be so many times larger or smaller than it was seen last. */
const MAX_RESIZING = 1.6;

/** Where a face is thought to be at some time, and how sure that is. */
export interface Whereabouts {
  readonly box: Box;
  readonly centreX: number;
  readonly centreY: number;
  /** Square root of the area, pixels. */
  readonly side: number;
  /** Standard deviation of the centre along each axis, in sides. */
  readonly spreadX: number;
  readonly spreadY: number;
}

/**
 * One face's centre, size and shape, each a Kalman filter of its own (SORT, Bewley et al. 2016, splits it so too), with the noise in sides of the face: a near
 * one moves more pixels. Between two observations nothing is changed: any time after the last is asked for by itself.
 */
export class FaceMotion {
  #x: Estimate;
  #y: Estimate;
  #logSide: Estimate;
  #aspect: number;
  #atMs: number;
  #lastSeen: Box;

  constructor(box: Box, atMs: number) {
    const side = sideOf(box);
    const still = { rate: 0, covariance: 0 };
    const centre = { ...still, valueVariance: (BOX_NOISE * side) ** 2, rateVariance: (FIRST_SPEED * side) ** 2 };
    this.#x = { ...centre, value: box.x + box.width / 2 };
    this.#y = { ...centre, value: box.y + box.height / 2 };
    this.#logSide = {
      ...still,
      value: Math.log(side),
      valueVariance: SIZE_NOISE ** 2,
      rateVariance: FIRST_GROWTH ** 2,
    };
    this.#aspect = box.width / box.height;
    this.#atMs = atMs;
    this.#lastSeen = box;
  }

  get lastSeen(): Box {
    return this.#lastSeen;
  }

  /** Pixels a second of the centre, when the face was last seen. */
  get velocity(): readonly [x: number, y: number] {
    return [this.#x.rate, this.#y.rate];
  }

  /** Sides a second, when the face was last seen. */
  get speed(): number {
    return Math.hypot(this.#x.rate, this.#y.rate) / Math.exp(this.#logSide.value);
  }

  at(atMs: number): Whereabouts {
    const seconds = (atMs - this.#atMs) / 1000;
    const x = predict(this.#x, this.#passage(seconds));
    const y = predict(this.#y, this.#passage(seconds));
    const grown = predict(this.#logSide, growth(seconds)).value - this.#logSide.value;
    const limit = Math.log(MAX_RESIZING);
    const side = Math.exp(this.#logSide.value + Math.max(-limit, Math.min(limit, grown)));
    const [width, height] = [side * Math.sqrt(this.#aspect), side / Math.sqrt(this.#aspect)];
    return {
      box: { x: x.value - width / 2, y: y.value - height / 2, width, height },
      centreX: x.value,
      centreY: y.value,
      side,
      spreadX: Math.sqrt(x.valueVariance) / side,
      spreadY: Math.sqrt(y.valueVariance) / side,
    };
  }

  /**
   * @param missedAtMs when the face was looked for since and not found. What it did then is made up from a straight line to where it is now, or the speed of
   * before the gap would be corrected by all that happened in it at once: observation-centric re-update (OC-SORT, Cao et al. 2023, §4.1).
   * @param noise how many times less the box is to be believed than a sure one.
   */
  observe(
    box: Box,
    atMs: number,
    { missedAtMs = [], noise = 1 }: { missedAtMs?: readonly number[]; noise?: number },
  ): void {
    const [from, fromMs] = [this.#lastSeen, this.#atMs];
    for (const stepMs of missedAtMs) {
      if (stepMs <= this.#atMs || stepMs >= atMs) continue;
      this.#step(between(from, box, (stepMs - fromMs) / (atMs - fromMs)), stepMs, noise);
    }
    this.#step(box, atMs, noise);
    this.#lastSeen = box;
  }

  #step(box: Box, atMs: number, noise: number): void {
    const seconds = Math.max(0, atMs - this.#atMs) / 1000;
    const side = sideOf(box);
    const boxVariance = (BOX_NOISE * side * noise) ** 2;
    this.#x = correct(predict(this.#x, this.#passage(seconds)), box.x + box.width / 2, boxVariance);
    this.#y = correct(predict(this.#y, this.#passage(seconds)), box.y + box.height / 2, boxVariance);
    const logSide = correct(predict(this.#logSide, growth(seconds)), Math.log(side), (SIZE_NOISE * noise) ** 2);
    this.#logSide = { ...logSide, rate: Math.max(-MAX_GROWTH, Math.min(MAX_GROWTH, logSide.rate)) };
    this.#aspect += (box.width / box.height - this.#aspect) * (0.4 / noise);
    this.#atMs = Math.max(this.#atMs, atMs);
  }

  #passage(seconds: number): Passage {
    const side = Math.exp(this.#logSide.value);
    const restlessness = (STANDING_RESTLESSNESS + MOVING_RESTLESSNESS * this.speed) * side;
    return { seconds, rateNoise: restlessness ** 2, memorySeconds: CENTRE_MEMORY_SECONDS };
  }
}

function growth(seconds: number): Passage {
  return { seconds, rateNoise: GROWTH_NOISE ** 2, memorySeconds: GROWTH_MEMORY_SECONDS };
}

function between(a: Box, b: Box, share: number): Box {
  const mix = (from: number, to: number): number => from + (to - from) * share;
  return { x: mix(a.x, b.x), y: mix(a.y, b.y), width: mix(a.width, b.width), height: mix(a.height, b.height) };
}
