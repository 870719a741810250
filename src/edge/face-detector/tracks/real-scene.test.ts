import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Random } from '../../../../test/support/random.ts';
import { type Look, randomLook } from '../../../../test/support/tracking/made-up-detector.ts';
import { type Follow, scoreTracks, type TrackScore } from '../../../../test/support/tracking/score-tracks.ts';
import { Tracker } from './tracker.ts';

interface Truth {
  readonly fps: number;
  readonly frames: number;
  readonly width: number;
  readonly height: number;
  readonly visits: Readonly<
    Record<string, { readonly boxes: Readonly<Record<string, [number, number, number, number]>> }>
  >;
}

const PATH = '../shared/media/visits.truth.json';
const isThere = existsSync(PATH);
const JITTER = 0.03;
const MISSES = 0.05;
const ROUNDS = 10;

/** Twelve people, up to three at once, who walk at up to 0.6 of their widths a frame and start and stop from one frame to the next. */
describe.skipIf(!isThere)(`Tracker on the labelled scene (skipped where ${PATH} is absent)`, () => {
  it.each([
    { everyFrame: 1, hasLooks: false, splits: 0.01, merges: 0.01, swallowed: 0 },
    { everyFrame: 3, hasLooks: false, splits: 0.12, merges: 0.09, swallowed: 0.03 },
    { everyFrame: 1, hasLooks: true, splits: 0.01, merges: 0, swallowed: 0 },
    { everyFrame: 3, hasLooks: true, splits: 0.03, merges: 0.01, swallowed: 0.01 },
    { everyFrame: 5, hasLooks: true, splits: 0.05, merges: 0.01, swallowed: 0.01 },
  ])(
    'follows its people in one frame of $everyFrame, looks made up: $hasLooks',
    ({ everyFrame, hasLooks, ...most }) => {
      const truth = JSON.parse(readFileSync(PATH, 'utf8')) as Truth;
      const scores: TrackScore[] = [];
      for (let first = 0; first < everyFrame; first += 1) {
        for (let round = 0; round < ROUNDS; round += 1) {
          const looks = lookAtTruth(truth, { first, everyFrame, hasLooks, seed: first * 100 + round + 1 });
          scores.push(scoreTracks(looks, follow(truth)));
        }
      }
      const share = (of: keyof TrackScore): number =>
        scores.reduce((total, score) => total + score[of], 0) / scores.reduce((total, { visits }) => total + visits, 0);
      expect(scores.every(({ visits }) => visits === 12)).toBe(true);
      expect(share('splits')).toBeLessThanOrEqual(most.splits);
      expect(share('merges')).toBeLessThanOrEqual(most.merges);
      expect(share('swallowed')).toBeLessThanOrEqual(most.swallowed);
    },
  );
});

function lookAtTruth(
  truth: Truth,
  { first, everyFrame, hasLooks, seed }: { first: number; everyFrame: number; hasLooks: boolean; seed: number },
): Look[] {
  const random = new Random(seed);
  const appearances = Object.keys(truth.visits).map(() => (hasLooks ? randomLook(random) : undefined));
  const looks: Look[] = [];
  for (let frame = first; frame < truth.frames; frame += everyFrame) {
    const sightings = Object.values(truth.visits).flatMap(({ boxes }, person) => {
      const box = boxes[frame];
      if (!box || random.chance(MISSES)) return [];
      const [x, y, width, height] = box.map((value) => value + random.normal() * JITTER * box[2]) as typeof box;
      return [{ box: { x, y, width, height }, score: 0.9, appearance: appearances[person], person }];
    });
    looks.push({ atMs: (frame * 1000) / truth.fps, sightings });
  }
  return looks;
}

function follow(frame: { width: number; height: number }): Follow {
  const appearance = { alikeFrom: 0.85, differentFrom: 0.6 };
  const tracker = new Tracker({ forgetAfterMs: 2000, minNewScore: 0.6, frame, appearance });
  return (sightings, atMs) => {
    const known = new Map(sightings.map((sighting) => [sighting as object, sighting]));
    return tracker.update(sightings, atMs).flatMap(({ track, sighting }) => {
      const own = known.get(sighting);
      return own ? [{ track: track.number, sighting: own }] : [];
    });
  };
}
