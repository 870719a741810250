import { describe, expect, it } from 'vitest';
import { FRAME } from '../../../../test/support/tracking/made-up-person.ts';
import { makeUpWorld } from '../../../../test/support/tracking/made-up-world.ts';
import { type Follow, scoreTracks, type TrackScore } from '../../../../test/support/tracking/score-tracks.ts';
import { Tracker } from './tracker.ts';

const SEEDS = Array.from({ length: 30 }, (_, i) => 9001 + i);
const NONE: TrackScore = { visits: 0, splits: 0, merges: 0, swallowed: 0, ofNobody: 0 };
/** Looks that are made up here: the cosine is about 0.9 for one person, and about 0.3 for two. */
const MADE_UP_LOOKS = { alikeFrom: 0.85, differentFrom: 0.6 };

describe('Tracker in made-up worlds of ten people, some by the same door', () => {
  it.each([
    { fps: 2, hasLooks: false, splits: 0.18, merges: 0.11, swallowed: 0.06 },
    { fps: 5, hasLooks: false, splits: 0.12, merges: 0.1, swallowed: 0.05 },
    { fps: 10, hasLooks: false, splits: 0.08, merges: 0.07, swallowed: 0.04 },
    { fps: 15, hasLooks: false, splits: 0.08, merges: 0.07, swallowed: 0.04 },
    { fps: 2, hasLooks: true, splits: 0.02, merges: 0.02, swallowed: 0.02 },
    { fps: 5, hasLooks: true, splits: 0.02, merges: 0.02, swallowed: 0.02 },
    { fps: 10, hasLooks: true, splits: 0.02, merges: 0.02, swallowed: 0.02 },
    { fps: 15, hasLooks: true, splits: 0.02, merges: 0.02, swallowed: 0.02 },
  ])('cuts and joins few visits at $fps looks a second, looks given: $hasLooks', ({ fps, hasLooks, ...most }) => {
    const score = SEEDS.map((seed) =>
      scoreTracks(makeUpWorld({ seed, fps, hasLooks, hasPillar: seed % 2 === 0 }), follow()),
    ).reduce(sum, NONE);
    expect(score.visits).toBeGreaterThan(250);
    expect(score.splits / score.visits).toBeLessThanOrEqual(most.splits);
    expect(score.merges / score.visits).toBeLessThanOrEqual(most.merges);
    expect(score.swallowed / score.visits).toBeLessThanOrEqual(most.swallowed);
    expect(score.ofNobody / score.visits).toBeLessThanOrEqual(0.02);
  });

  it('gives no track to two sightings at once, and each number to one face only', () => {
    const tracker = newTracker();
    for (const { atMs, sightings } of makeUpWorld({ seed: 4, fps: 10, people: 25 })) {
      const found = tracker.update(sightings, atMs);
      expect(new Set(found.map(({ track }) => track.number)).size).toBe(found.length);
      const numbers = tracker.carry(atMs).map(({ number }) => number);
      expect(new Set(numbers).size).toBe(numbers.length);
      for (const { box } of tracker.carry(atMs + 400)) {
        expect(Object.values(box).every(Number.isFinite)).toBe(true);
        expect(box.height).toBeLessThan(FRAME.height);
      }
    }
  });
});

describe('scoreTracks', () => {
  const looks = makeUpWorld({ seed: 1, fps: 10 });

  it('finds no fault with a follower that knows the truth', () => {
    const last = new Map<number, { track: number; atMs: number }>();
    let tracks = 0;
    const told: Follow = (sightings, atMs) =>
      sightings.map((sighting) => {
        const before = last.get(sighting.person);
        const track = before && atMs - before.atMs <= 2000 ? before.track : ++tracks;
        last.set(sighting.person, { track, atMs });
        return { track, sighting };
      });
    const known = makeUpWorld({ seed: 1, fps: 10, faults: { jitter: 0.03, misses: 0, falseFinds: 0 } });
    expect(scoreTracks(known, told)).toMatchObject({ splits: 0, merges: 0, swallowed: 0, ofNobody: 0 });
  });

  it('finds all joined by a follower that takes everybody for one, and all cut by one that takes each look for another', () => {
    const joined = scoreTracks(looks, (sightings) => sightings.map((sighting) => ({ track: 1, sighting })));
    expect([joined.merges, joined.swallowed]).toEqual([1, joined.visits - 1]);
    const cut = scoreTracks(looks, (sightings, atMs) =>
      sightings.map((sighting) => ({ track: Math.floor(atMs / 1000) * 100 + sighting.person, sighting })),
    );
    expect(cut.splits).toBeGreaterThan(2 * cut.visits);
  });
});

function newTracker(): Tracker {
  return new Tracker({ forgetAfterMs: 2000, minNewScore: 0.6, frame: FRAME, appearance: MADE_UP_LOOKS });
}

function follow(): Follow {
  const tracker = newTracker();
  return (sightings, atMs) => {
    const known = new Map(sightings.map((sighting) => [sighting as object, sighting]));
    return tracker.update(sightings, atMs).flatMap(({ track, sighting }) => {
      const own = known.get(sighting);
      return own ? [{ track: track.number, sighting: own }] : [];
    });
  };
}

function sum(a: TrackScore, b: TrackScore): TrackScore {
  return {
    visits: a.visits + b.visits,
    splits: a.splits + b.splits,
    merges: a.merges + b.merges,
    swallowed: a.swallowed + b.swallowed,
    ofNobody: a.ofNobody + b.ofNobody,
  };
}
