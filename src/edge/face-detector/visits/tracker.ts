import type { Box, Detection } from '../detection.ts';
import { intersectionOverUnion } from '../intersection-over-union.ts';
import { distanceInSides } from './distance.ts';

/** One face followed from frame to frame. */
export interface Track {
  readonly number: number;
  box: Box;
  /** Pixels a second, of the box's corner. */
  velocity: readonly [number, number];
  seenAtMs: number;
}

export interface TrackedDetection {
  readonly track: Track;
  readonly detection: Detection;
}

const MIN_OVERLAP = 0.2;
/** A face that moved further than this, in its own sides, is taken for another. */
const MAX_DISTANCE = 0.9;
/** Missed for longer, nobody knows where a face went: only one in the place where the last was can be the same. */
const MAX_GAP_MS = 500;

/**
 * Follows faces by where they are: each track's box is carried on by its velocity, then matched greedily, by overlap first and by distance where
 * nothing overlaps (SORT, Bewley et al. 2016, with its assignment made greedy and its filter reduced to a velocity).
 */
export class Tracker {
  readonly #forgetAfterMs: number;
  #tracks: Track[] = [];
  #lastNumber = 0;
  #previousAtMs = Number.NEGATIVE_INFINITY;

  constructor(forgetAfterMs: number) {
    this.#forgetAfterMs = forgetAfterMs;
  }

  /** Each detection with its track, old or new. Times are the source's own, in milliseconds. */
  update(detections: readonly Detection[], atMs: number): TrackedDetection[] {
    this.#tracks = this.#tracks.filter(({ seenAtMs }) => atMs - seenAtMs <= this.#forgetAfterMs);
    const pairs = this.#tracks
      .flatMap((track) =>
        detections.map((detection) => ({ track, detection, affinity: this.#affinity(track, detection.box, atMs) })),
      )
      .filter((pair) => pair.affinity > 0)
      .sort((a, b) => b.affinity - a.affinity);
    this.#previousAtMs = atMs;
    const matched = new Map<Detection, Track>();
    const taken = new Set<Track>();
    for (const { track, detection } of pairs) {
      if (taken.has(track) || matched.has(detection)) continue;
      taken.add(track);
      matched.set(detection, track);
    }
    return detections.map((detection) => {
      const track = matched.get(detection);
      return { detection, track: track ? move(track, detection.box, atMs) : this.#begin(detection.box, atMs) };
    });
  }

  /** Forgets all tracks: the next frame has nothing to do with the last. */
  clear(): void {
    this.#tracks = [];
  }

  #affinity(track: Track, box: Box, atMs: number): number {
    // Where frames are far apart a face that was in the last one was not missed.
    const isLost = track.seenAtMs < this.#previousAtMs && atMs - track.seenAtMs > MAX_GAP_MS;
    if (!isLost) return affinity(track, box, atMs);
    const shared = intersectionOverUnion(track.box, box);
    return shared >= MIN_OVERLAP ? 1 + shared : 0;
  }

  #begin(box: Box, atMs: number): Track {
    this.#lastNumber += 1;
    const track: Track = { number: this.#lastNumber, box, velocity: [0, 0], seenAtMs: atMs };
    this.#tracks.push(track);
    return track;
  }
}

/** Above 1 for overlapping boxes, 0 to 1 for near ones, 0 for none. */
function affinity(track: Track, box: Box, atMs: number): number {
  const seconds = (atMs - track.seenAtMs) / 1000;
  const [vx, vy] = track.velocity;
  const predicted = { ...track.box, x: track.box.x + vx * seconds, y: track.box.y + vy * seconds };
  const shared = Math.max(intersectionOverUnion(predicted, box), intersectionOverUnion(track.box, box));
  if (shared >= MIN_OVERLAP) return 1 + shared;
  const distance = Math.min(distanceInSides(predicted, box), distanceInSides(track.box, box));
  return distance < MAX_DISTANCE ? 1 - distance / MAX_DISTANCE : 0;
}

function move(track: Track, box: Box, atMs: number): Track {
  const seconds = (atMs - track.seenAtMs) / 1000;
  if (seconds > 0) {
    const [vx, vy] = track.velocity;
    // Half of the old velocity stays: boxes jitter by a pixel or two.
    track.velocity = [
      0.5 * vx + (0.5 * (box.x - track.box.x)) / seconds,
      0.5 * vy + (0.5 * (box.y - track.box.y)) / seconds,
    ];
  }
  track.box = box;
  track.seenAtMs = atMs;
  return track;
}
