import { type Box, sideOf } from '../detection.ts';
import { type AppearanceScale, likeness } from './likeness.ts';
import type { Sighting } from './sighting.ts';
import type { FollowedFace } from './track.ts';

/** A sighting lies within so many sides of where the face goes, whatever was known. */
const BASE_SPREAD = 0.07;
/** Shares of faces that stop or turn, and of those that do what nobody could know. */
const STOPPING = 0.1;
const STOPPING_AFTER_GAP = 0.35;
const JUMPING = 0.04;
const JUMP_SPREAD = 1.2;
/** No face becomes so many times larger or smaller from one sighting to the next. */
const MAX_RESIZING = 2.2;
const SIZE_SPREAD = 0.12;
const MAX_SIZE_PENALTY = 6;
/** What a wholly wrong direction costs, from so much motion on. */
const DIRECTION_WEIGHT = 2.5;
const MIN_SPEED = 0.5;
const MIN_STEP = 0.4;
/** What a look that fits, or doesn't, is worth. More for a face that was lost: where it went is hardly known then. Looks that tell nothing still cut visits. */
const LOOK_WEIGHTS = { alike: 2, different: 3 } as const;
const LOOK_WEIGHTS_WHEN_LOST = { alike: 4, different: 6 } as const;
/** A face that was looked for and missed for so long is lost. */
const LOST_SECONDS = 0.35;
const MAX_SPEED = 4;

/**
 * How unlikely it is that this sighting is of that face: a negative logarithm of a likelihood, per square side; Infinity where it can't be.
 *
 * Three things may have happened to a face: it went on as it went; it stopped or turned, and is near where it was seen last (observation-centric recovery,
 * OC-SORT, Cao et al. 2023, §4.3); or it jumped. To that come size, direction (observation-centric momentum, there §4.2) and look (Deep OC-SORT, Maggiolino et al. 2023).
 */
export function unlikeliness(track: FollowedFace, sighting: Sighting, atMs: number, scale: AppearanceScale): number {
  const { now, motion } = track;
  const { box } = sighting;
  const seconds = Math.max(0, atMs - track.lastSeenAtMs) / 1000;
  const growth = Math.log(sideOf(box) / now.side);
  if (Math.abs(growth) > Math.log(MAX_RESIZING)) return Number.POSITIVE_INFINITY;
  const [x, y] = centreOf(box);
  const [lastX, lastY] = centreOf(motion.lastSeen);
  const isLost = track.isMissed && seconds > LOST_SECONDS;
  const speed = Math.min(MAX_SPEED, motion.speed);
  const away = distanceToSegment(x, y, lastX, lastY, now.centreX, now.centreY) / now.side;
  // Most pairs are too far apart whatever they look like: looks are long, and are not compared then.
  if (away > reachInSides({ track, seconds, speed, isLost, look: 1 })) return Number.POSITIVE_INFINITY;
  const look = likeness(track.look, sighting.appearance, scale);
  if (track.hasLeft && look < 0.5) return Number.POSITIVE_INFINITY;
  if (away > reachInSides({ track, seconds, speed, isLost, look })) return Number.POSITIVE_INFINITY;

  const dx = (x - now.centreX) / now.side;
  const dy = (y - now.centreY) / now.side;
  const stopping = isLost ? STOPPING_AFTER_GAP : STOPPING;
  const stopSpread = 0.25 + 0.45 * speed * seconds;
  const likelihood =
    (1 - stopping - JUMPING) *
      normal(dx, Math.hypot(now.spreadX, BASE_SPREAD)) *
      normal(dy, Math.hypot(now.spreadY, BASE_SPREAD)) +
    stopping * normal((x - lastX) / now.side, stopSpread) * normal((y - lastY) / now.side, stopSpread) +
    JUMPING * normal(dx, JUMP_SPREAD) * normal(dy, JUMP_SPREAD);
  const sizeSpread = SIZE_SPREAD + 0.15 * Math.min(1, seconds);
  const sizePenalty = Math.min(MAX_SIZE_PENALTY, 0.5 * (growth / sizeSpread) ** 2);
  const weights = isLost ? LOOK_WEIGHTS_WHEN_LOST : LOOK_WEIGHTS;
  const lookWeight = look < 0 ? weights.different : weights.alike;
  return -Math.log(likelihood) + sizePenalty + turnPenalty(track, x - lastX, y - lastY) - lookWeight * look;
}

/**
 * How far a sighting may lie from the way between where a face was seen last and where it is thought to be now. Wide where little is known yet and where frames
 * are far apart, as the buffers of C-BIoU (Yang et al. 2023) are; narrow for one that was looked for and missed, unless something hid it or the look says it is back.
 */
function reachInSides({
  track,
  seconds,
  speed,
  isLost,
  look,
}: {
  track: FollowedFace;
  seconds: number;
  speed: number;
  isLost: boolean;
  look: number;
}): number {
  if (isLost) {
    const known = 0.75 + 0.5 * speed * seconds + (track.wasCovered ? 2 * seconds : 0);
    return look > 0 ? known + look * (0.8 + 1.5 * seconds) : known;
  }
  return track.isConfirmed ? 1.6 + (3 + 0.5 * speed) * seconds : 1.2 + 5 * seconds;
}

function turnPenalty(track: FollowedFace, stepX: number, stepY: number): number {
  const step = Math.hypot(stepX, stepY);
  const [velocityX, velocityY] = track.velocity;
  const speed = Math.hypot(velocityX, velocityY);
  if (speed < MIN_SPEED * track.now.side || step < MIN_STEP * track.now.side) return 0;
  const cosine = (stepX * velocityX + stepY * velocityY) / (step * speed);
  return (DIRECTION_WEIGHT * (1 - cosine)) / 2;
}

function normal(value: number, spread: number): number {
  return Math.exp(-0.5 * (value / spread) ** 2) / (spread * Math.sqrt(2 * Math.PI));
}

function centreOf({ x, y, width, height }: Box): readonly [x: number, y: number] {
  return [x + width / 2, y + height / 2];
}

function distanceToSegment(x: number, y: number, fromX: number, fromY: number, toX: number, toY: number): number {
  const [wayX, wayY] = [toX - fromX, toY - fromY];
  const length = wayX ** 2 + wayY ** 2;
  const share = length > 0 ? Math.max(0, Math.min(1, ((x - fromX) * wayX + (y - fromY) * wayY) / length)) : 0;
  return Math.hypot(x - fromX - share * wayX, y - fromY - share * wayY);
}
