import { describe, expect, it } from 'vitest';
import { type DrawnFace, drawFrame, drawnFace } from '../../../../test/support/drawn-faces.ts';
import type { Track } from '../tracks/track.ts';
import { Attention, type AttentionOptions } from './attention.ts';

const options = { everyFrame: false, forgetAfterMs: 2000 };

/** A followed face: confirmed, seen at the time, known to stay where it is. */
function track(lastSeenAtMs: number, changes: Partial<Track> = {}): Track {
  return {
    number: 1,
    box: { x: 100, y: 60, width: 48, height: 60 },
    velocity: [0, 0],
    hits: 5,
    firstSeenAtMs: 0,
    lastSeenAtMs,
    isConfirmed: true,
    isMissed: false,
    hasLeft: false,
    driftInSides: () => 0.1,
    ...changes,
  };
}

interface Playing extends Partial<AttentionOptions> {
  readonly fps?: number;
  readonly seconds?: number;
  readonly faces?: (atMs: number) => readonly DrawnFace[];
  readonly tracks?: (atMs: number, lookedAtMs: number) => readonly Track[];
}

/** Plays a film whose first frame is a cut; gives the times in ms of the frames that are wanted. */
function play({ fps = 20, seconds = 5, faces = () => [], tracks = () => [], ...more }: Playing): number[] {
  const attention = new Attention({ ...options, ...more });
  const looks: number[] = [];
  for (let index = 0; index < seconds * fps; index += 1) {
    const atMs = (index * 1000) / fps;
    const frame = drawFrame(faces(atMs), { atMs, cut: index === 0 });
    if (attention.wants(frame, index === 0 ? [] : tracks(atMs, looks.at(-1) ?? 0))) looks.push(atMs);
  }
  return looks;
}

const walking = (atMs: number) => [drawnFace(10 + Math.floor(atMs / 25))];
const gaps = (looks: readonly number[]) => looks.slice(1).map((at, index) => at - (looks[index] ?? 0));

describe('Attention', () => {
  it('wants the first frame and no other of a room in which nothing changes and nobody is followed', () => {
    expect(play({})).toEqual([0]);
    expect(play({ everyFrame: true })).toEqual([0]);
  });

  it('searches five times a second while something moves and nobody is followed', () => {
    const looks = play({ faces: walking });
    expect(new Set(gaps(looks))).toEqual(new Set([200]));
    expect(looks.length).toBe(25);
  });

  it('looks once a second after somebody who stands in a picture that does not change', () => {
    const looks = play({ faces: () => [drawnFace()], tracks: (_, lookedAtMs) => [track(lookedAtMs)] });
    expect(looks).toEqual([0, 1000, 2000, 3000, 4000]);
  });

  it('does not look faster where frames come a little early or late', () => {
    const looks = play({ fps: 9.7, seconds: 20, tracks: (_, lookedAtMs) => [track(lookedAtMs)] });
    expect(Math.min(...gaps(looks))).toBeGreaterThanOrEqual(988);
  });

  it('looks three times a second after somebody who moves as foreseen', () => {
    const looks = play({ faces: walking, tracks: (_, lookedAtMs) => [track(lookedAtMs)] });
    expect(new Set(gaps(looks))).toEqual(new Set([350]));
  });

  it('looks at once where somebody may have moved far, and at what may be a mistake', () => {
    const far = { driftInSides: (atMs: number) => (atMs % 500 === 0 ? 0.6 : 0.1) };
    expect(
      play({ faces: walking, seconds: 2, tracks: (_, lookedAtMs) => [track(lookedAtMs, far)] }).slice(0, 5),
    ).toEqual([0, 350, 500, 850, 1000]);
    const unconfirmed = play({
      faces: walking,
      fps: 25,
      seconds: 1,
      tracks: (_, lookedAtMs) => [track(lookedAtMs, { isConfirmed: false })],
    });
    expect(new Set(gaps(unconfirmed))).toEqual(new Set([80]));
  });

  it('hurries for nobody who was looked for in vain or has left', () => {
    for (const changes of [{ isMissed: true }, { hasLeft: true }]) {
      const looks = play({
        faces: walking,
        tracks: () => [track(0, { ...changes, isConfirmed: false, driftInSides: () => 3 })],
      });
      expect(Math.min(...gaps(looks))).toBe(350);
    }
  });

  it('looks once more before it forgets somebody whom a look did not find, in a still picture', () => {
    const looks = play({
      seconds: 2.05,
      tracks: (atMs) => (atMs <= 2000 ? [track(0, { isMissed: atMs > 1000 })] : []),
    });
    expect(looks).toEqual([0, 1000, 1500]);
    expect(play({ seconds: 2.05, tracks: () => [track(0, { isMissed: true, hasLeft: true })] })).toEqual([
      0, 1000, 2000,
    ]);
  });

  it('finds somebody again before they are forgotten, however soon that is', () => {
    for (const forgetAfterMs of [200, 500, 1000]) {
      for (const faces of [walking, () => [drawnFace()]]) {
        const looks = play({ fps: 30, forgetAfterMs, faces, tracks: (_, lookedAtMs) => [track(lookedAtMs)] });
        expect(Math.max(...gaps(looks))).toBeLessThan(forgetAfterMs);
      }
    }
  });

  it('wants each frame that changed or in which somebody is followed, where nothing may be carried', () => {
    expect(play({ everyFrame: true, seconds: 1, faces: walking }).length).toBe(20);
    expect(play({ everyFrame: true, seconds: 1, tracks: () => [track(0)] }).length).toBe(20);
  });

  it('wants each frame that has nothing to do with the one before', () => {
    const attention = new Attention(options);
    const wants = [0, 10, 20].map((atMs) => attention.wants(drawFrame([], { atMs, cut: true }), []));
    expect(wants).toEqual([true, true, true]);
  });

  it('does not search for what moves where nobody watches', () => {
    const all: [number, number][] = [
      [0, 0],
      [1, 0],
      [1, 1],
      [0, 1],
    ];
    expect(play({ faces: walking, regions: [{ type: 'ignore', points: all }] })).toEqual([0]);
  });
});
