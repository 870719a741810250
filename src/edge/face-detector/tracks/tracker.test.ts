import { describe, expect, it } from 'vitest';
import { FRAME } from '../../../../test/support/tracking/made-up-person.ts';
import type { Sighting } from './sighting.ts';
import { type TrackedSighting, Tracker } from './tracker.ts';

const ALICE = look(1, 0.1);
const BOB = look(0.1, 1);

describe('Tracker', () => {
  for (const fps of [2, 5, 10, 15]) {
    it(`follows a walk of 1.5 widths a look at ${fps} looks a second, from the second sighting on`, () => {
      const tracker = newTracker();
      const numbers = Array.from({ length: 6 }, (_, i) =>
        numbersOf(tracker.update([face(150 + i * 120)], (i * 1000) / fps)),
      );
      expect(numbers.flat()).toEqual(Array(6).fill(1));
    });
  }

  it('keeps a person over a missed second, not over more than forgetAfterMs', () => {
    expect(
      play([
        [0, 300],
        [100, 300],
        [1100, 305],
        [3000, 300],
        [5100, 300],
      ]),
    ).toEqual([1, 1, 1, 1, 2]);
  });

  it('keeps a walker who vanishes behind a pillar in mid-picture and comes out at its other side', () => {
    const walk = Array.from({ length: 30 }, (_, i): [number, number] => [i * 100, 200 + i * 20]);
    expect(new Set(play(walk.filter(([atMs]) => atMs < 900 || atMs > 1900)))).toEqual(new Set([1]));
  });

  for (const waitMs of [500, 1000, 1900]) {
    it(`takes who enters ${waitMs} ms after another left by the same door for another`, () => {
      const leaving = Array.from({ length: 10 }, (_, i): [number, number] => [i * 100, 800 + i * 48]);
      const entering = Array.from({ length: 10 }, (_, i): [number, number] => [900 + waitMs + i * 100, 1232 - i * 48]);
      expect(new Set(play([...leaving, ...entering]))).toEqual(new Set([1, 2]));
    });
  }

  it('tells by the look who comes back to a place in mid-picture', () => {
    const comesBack = (appearance: Float32Array): number[] => {
      const tracker = newTracker();
      for (const atMs of [0, 100, 200, 300]) tracker.update([face(600, { appearance: ALICE })], atMs);
      for (const atMs of [400, 800, 1200]) tracker.update([], atMs);
      return numbersOf(tracker.update([face(620, { appearance })], 1600));
    };
    expect([comesBack(ALICE), comesBack(BOB)]).toEqual([[1], [2]]);
  });

  it('begins nothing with a faint sighting, and keeps what is there with it', () => {
    const tracker = newTracker();
    expect(tracker.update([face(300, { score: 0.3 })], 0)).toEqual([]);
    tracker.update([face(300)], 100);
    expect(numbersOf(tracker.update([face(302, { score: 0.3 })], 200))).toEqual([1]);
  });

  it('begins no second track with a second find of the same face', () => {
    const inner: Sighting = { box: { x: 310, y: 315, width: 55, height: 70 }, score: 0.7 };
    expect(numbersOf(newTracker().update([face(337), inner], 0))).toEqual([1]);
  });

  it.each([
    ['goes on', (atMs: number) => 900 - atMs * 0.15],
    ['turns round behind it', (atMs: number) => (atMs < 2000 ? 900 - atMs * 0.15 : 600 + (atMs - 2000) * 0.4)],
  ])('keeps two apart who cross: the one that a nearer face hides %s', (_, farAt) => {
    const tracker = newTracker();
    const [ofNear, ofFar, hiddenAtMs] = [new Set<number>(), new Set<number>(), new Set<number>()];
    for (let atMs = 0; atMs <= 4000; atMs += 100) {
      const nearX = 300 + atMs * 0.15;
      const near = face(nearX, { side: 120 });
      const isHidden = Math.abs(farAt(atMs) - nearX) < 60;
      if (isHidden) hiddenAtMs.add(atMs);
      for (const { track, sighting } of tracker.update(isHidden ? [near] : [near, face(farAt(atMs))], atMs)) {
        (sighting === near ? ofNear : ofFar).add(track.number);
      }
    }
    expect(hiddenAtMs.size).toBeGreaterThanOrEqual(3);
    expect([...ofNear]).not.toEqual([...ofFar]);
    expect([ofNear.size, ofFar.size]).toEqual([1, 1]);
  });

  it('carries boxes between looks without taking a face for missed, and changes nothing by it', () => {
    const [carried, plain] = [newTracker(), newTracker()];
    for (let atMs = 0; atMs < 1000; atMs += 200) {
      for (const tracker of [carried, plain]) tracker.update([face(200 + atMs * 0.3)], atMs);
      for (const between of [50, 100, 150]) carried.carry(atMs + between);
    }
    const [a, b] = [carried.carry(900)[0], plain.carry(900)[0]];
    expect(a?.box).toEqual(b?.box);
    expect(a?.isMissed).toBe(false);
    expect((a?.box.x ?? 0) + (a?.box.width ?? 0) / 2).toBeGreaterThan(460);
  });

  it('knows that a fast face drifts further from its carried box than a standing one', () => {
    const tracker = newTracker();
    for (let atMs = 0; atMs <= 1500; atMs += 100) tracker.update([face(200), face(400 + atMs * 0.4)], atMs);
    const [standing, fast] = tracker.carry(1500);
    expect(standing?.driftInSides(1800)).toBeLessThan(0.5);
    expect(fast?.driftInSides(1800)).toBeGreaterThan(2 * (standing?.driftInSides(1800) ?? 0));
    expect(fast?.driftInSides(1600)).toBeLessThan(fast?.driftInSides(1800) ?? 0);
  });

  it('lets no size explode that grew up to a long gap', () => {
    const tracker = newTracker();
    for (let i = 0; i < 8; i += 1) tracker.update([face(640, { side: 60 * 1.15 ** i })], i * 100);
    expect(tracker.carry(2600)[0]?.box.height).toBeLessThan(2 * 60 * 1.15 ** 7);
  });

  it('forgets all at a cut', () => {
    const tracker = newTracker();
    tracker.update([face(300)], 0);
    tracker.clear();
    expect(tracker.carry(0)).toEqual([]);
    expect(numbersOf(tracker.update([face(300)], 100))).toEqual([2]);
  });
});

function newTracker(): Tracker {
  return new Tracker({ forgetAfterMs: 2000, minNewScore: 0.6, frame: FRAME });
}

/** One face's track numbers; between its sightings the tracker looks every 100 ms and finds nothing. */
function play(sightings: readonly (readonly [atMs: number, x: number])[]): number[] {
  const tracker = newTracker();
  let lookedAtMs = sightings[0]?.[0] ?? 0;
  return sightings.flatMap(([atMs, x]) => {
    for (lookedAtMs += 100; lookedAtMs < atMs; lookedAtMs += 100) tracker.update([], lookedAtMs);
    lookedAtMs = atMs;
    return numbersOf(tracker.update([face(x)], atMs));
  });
}

function numbersOf(tracked: readonly TrackedSighting[]): number[] {
  return tracked.map(({ track }) => track.number);
}

function face(
  centreX: number,
  { side = 80, score = 0.9, appearance }: { side?: number; score?: number; appearance?: Float32Array } = {},
): Sighting {
  return { box: { x: centreX - side / 2, y: 300, width: side, height: 1.2 * side }, score, appearance };
}

function look(...values: number[]): Float32Array {
  const length = Math.hypot(...values);
  return Float32Array.from(values, (value) => value / length);
}
