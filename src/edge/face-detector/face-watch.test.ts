import { describe, expect, it } from 'vitest';
import { DRAWN_SIZE, type DrawnFace, drawnFace } from '../../../test/support/drawn-faces.ts';
import { type Faces, type Sent, stage } from '../../../test/support/face-watch-stage.ts';
import type { DueShot } from './face-watch.ts';
import { cutRgb } from './picture/cut.ts';

const gaps = (times: readonly number[]) => times.slice(1).map((at, index) => at - (times[index] ?? 0));
const visitsOf = (sent: readonly DueShot[]) => new Set(sent.map(({ visit }) => visit?.id));
const shotsOf = (sent: readonly DueShot[]) => sent.map(({ visit }) => visit?.shot);
const walking: Faces = (atMs) => [drawnFace(10 + Math.floor(atMs / 15))];
const standing: Faces = () => [drawnFace()];

describe.each(['i420', 'rgb'] as const)('what is looked at, in %s', (layout) => {
  it('is one frame of a room in which nothing changes, in both modes', async () => {
    for (const mode of ['best', 'every']) {
      const room = stage({ layout, faces: () => [], capture: { mode } });
      await room.play(5);
      expect(room.lookedAt).toEqual([0]);
    }
  });

  it('is at most a frame a second of somebody who stands still; they stay one visit', async () => {
    const still = stage({ layout, faces: standing });
    await still.play(12);
    still.end();
    expect(still.lookedAt.length).toBe(12);
    expect(Math.min(...gaps(still.lookedAt))).toBeGreaterThanOrEqual(988);
    expect(shotsOf(still.sent)).toEqual([1]);
  });

  it('is some frames of somebody who walks: their track carries the box over the others', async () => {
    const walk = stage({ layout, faces: walking, fps: 25 });
    await walk.play(1.9);
    walk.end();
    expect(walk.lookedAt.length).toBeLessThanOrEqual(19);
    expect(walk.lookedAt.length).toBeGreaterThanOrEqual(6);
    expect(shotsOf(walk.sent)).toEqual([1]);
    expect(walk.sent[0]?.visit?.frames).toBe(walk.lookedAt.length);
  });

  it('is each frame that may hold a face, in mode every: all of one who moves or stands, none of the empty room after', async () => {
    const faces: Faces = (atMs) => (atMs < 1000 ? walking(atMs) : atMs < 2000 ? walking(1000) : []);
    const every = stage({ layout, faces, capture: { mode: 'every' } });
    await every.play(2);
    expect(every.lookedAt.length).toBe(20);
    expect(every.sent.length).toBe(20);
    expect(visitsOf(every.sent)).toEqual(new Set([undefined]));
    await every.play(10);
    expect(every.lookedAt.at(-1)).toBeLessThanOrEqual(1900 + 2000);
  });
});

describe('a visit', () => {
  it('is sent when its person has been gone for visitTimeoutSeconds', async () => {
    for (const visitTimeoutSeconds of [0.5, 1]) {
      const walk = stage({ faces: (atMs) => (atMs < 1000 ? walking(atMs) : []), capture: { visitTimeoutSeconds } });
      await walk.play(3);
      expect(shotsOf(walk.sent)).toEqual([1]);
      const [{ visit, atMs }] = walk.sent as [Sent];
      expect(visit?.lastSeenAt.getTime()).toBeLessThan(1000);
      expect(atMs).toBe((visit?.lastSeenAt.getTime() ?? 0) + visitTimeoutSeconds * 1000 + 100);
    }
  });

  it('is sent as one image once it gets no better: the best, with the face that the released frame showed', async () => {
    const faces: Faces = (atMs) =>
      atMs < 1500 ? walking(atMs).map((one) => ({ ...one, turned: Math.abs(atMs - 700) < 200 ? 0 : 0.6 })) : [];
    const walk = stage({ faces, fps: 20 });
    await walk.play(5);
    expect(shotsOf(walk.sent)).toEqual([1]);
    const [{ shot, original, atMs }] = walk.sent as [Sent];
    expect(Math.abs(shot.frame.capturedAt.getTime() - 700)).toBeLessThan(200);
    expect(atMs).toBe(shot.frame.capturedAt.getTime() + 2000);
    expect(shot.picture.data).toEqual(cutRgb(original, shot.crop));
  });

  it('is sent after 2 s without a better picture, and again as the next shot for a clearly better one', async () => {
    const faces: Faces = (atMs) => [drawnFace(100, 60, { turned: atMs < 6000 ? 0.7 : 0.1 })];
    const stands = stage({ faces });
    await stands.play(15);
    stands.end();
    expect(shotsOf(stands.sent)).toEqual([1, 2]);
    expect(visitsOf(stands.sent).size).toBe(1);
    const [first, second] = stands.sent as [Sent, Sent];
    expect([first.atMs, second.atMs]).toEqual([2000, 8000]);
    expect(second.shot.quality.overall).toBeGreaterThan(1.25 * first.shot.quality.overall);
  });

  it('is not sent again for a picture that is little better', async () => {
    const stands = stage({ faces: (atMs) => [drawnFace(100, 60, { turned: atMs < 6000 ? 0.2 : 0.1 })] });
    await stands.play(15);
    stands.end();
    expect(shotsOf(stands.sent)).toEqual([1]);
  });

  it('is sent at the latest after maxVisitSeconds, however much better it gets', async () => {
    const faces: Faces = (atMs) => [
      drawnFace(100 + (Math.floor(atMs / 100) % 2), 60, { turned: 0.95 * 0.96 ** (atMs / 200) }),
    ];
    const improving = stage({ faces, capture: { maxVisitSeconds: 4 } });
    await improving.play(6);
    expect(improving.sent.map(({ atMs }) => atMs)).toEqual([4000]);
  });

  it('survives a look that finds nobody in a picture that stands still', async () => {
    const jitter = (index: number) => index * 100 + (index % 3) * 4;
    const faces: Faces = (atMs) => (atMs < 6000 ? walking(0) : walking(atMs - 6000));
    const still = stage({ faces, clock: jitter, found: (all, look) => (look === 1 ? [] : all) });
    await still.play(7);
    still.end();
    expect(visitsOf(still.sent).size).toBe(1);
    expect(still.lookedAt.filter((atMs) => atMs < 6000).length).toBeLessThanOrEqual(7);
  });

  it('ends and begins anew where the source does; two people are two', async () => {
    const two = stage({ faces: () => [drawnFace(20), drawnFace(200, 60, { person: 2 })], cutAt: [0, 10] });
    await two.play(1);
    expect(shotsOf(two.sent)).toEqual([]);
    await two.play(1);
    expect(visitsOf(two.sent).size).toBe(2);
    two.end();
    expect(visitsOf(two.sent).size).toBe(4);
  });

  it('ends when the clock is set back, and the camera is not blind until it has caught up', async () => {
    const start = Date.UTC(2026, 0, 1);
    const clock = (index: number) => start + index * 100 - (index < 20 ? 0 : 3_600_000);
    const set = stage({ faces: (atMs) => walking(atMs % 3000), clock });
    await set.play(2);
    expect(shotsOf(set.sent)).toEqual([]);
    await set.play(0.1);
    expect(shotsOf(set.sent)).toEqual([1]);
    const before = set.lookedAt.length;
    await set.play(0.9);
    set.end();
    expect(set.lookedAt.length).toBeGreaterThan(before + 2);
    expect(shotsOf(set.sent)).toEqual([1, 1]);
  });
});

describe('a face that is not sent', () => {
  const poor: readonly [string, DrawnFace][] = [
    ['turned', drawnFace(100, 60, { turned: 0.95 })],
    ['cut-off', { box: { x: -24, y: 60, width: 48, height: 60 } }],
  ];

  it.each(poor)(
    'below minQuality is counted as %s: once for a visit, in mode every for each frame',
    async (reason, face) => {
      const best = stage({ faces: (atMs) => (atMs < 1000 ? [face] : []), capture: { minQuality: 0.65 } });
      await best.play(5);
      expect(shotsOf(best.sent)).toEqual([]);
      expect(await best.passedOver()).toEqual({ [reason]: 1 });
      const every = stage({ faces: () => [face], capture: { minQuality: 0.65, mode: 'every' } });
      await every.play(1);
      expect(shotsOf(every.sent)).toEqual([]);
      expect(await every.passedOver()).toEqual({ [reason]: 10 });
    },
  );

  it('was found once in a film, and unsurely: it is counted too', async () => {
    const once = stage({
      faces: (atMs) => (atMs > 300 && atMs < 700 ? [drawnFace(100, 60, { score: 0.45 })] : []),
      found: (all, look) => (look === 1 ? all : []),
    });
    await once.play(5);
    expect(shotsOf(once.sent)).toEqual([]);
    expect(await once.passedOver()).toEqual({ 'seen-once': 1 });
  });

  it.each(['best', 'every'])('is too small for its camera, or in the wrong place, in mode %s', async (mode) => {
    const left: [number, number][] = [
      [0, 0],
      [0.4, 0],
      [0.4, 1],
      [0, 1],
    ];
    const middle = left.map(([x, y]): [number, number] => [x + 0.4, y]);
    const people = {
      ignored: drawnFace(20, 60, { person: 1 }),
      kept: drawnFace(150, 60, { person: 2 }),
      outside: drawnFace(265, 60, { person: 3 }),
      small: { box: { x: 215, y: 20, width: 30, height: 38 }, person: 4 },
    };
    const regions = [
      { type: 'watch', points: middle },
      { type: 'ignore', points: left },
    ];
    const scene = { faces: () => Object.values(people), capture: { mode } };
    const strict = stage({ ...scene, camera: { regions, minFacePixels: 40 } });
    await strict.play(0.1);
    strict.end();
    expect(strict.sent.map(({ shot }) => shot.detection.box)).toEqual([people.kept.box]);
    expect(await strict.passedOver()).toEqual({ ignored: 1, outside: 1, 'too-small': 1 });
    const lenient = stage({ ...scene, camera: { minFacePixels: 10 } });
    await lenient.play(0.1);
    lenient.end();
    expect(lenient.sent.length).toBe(4);
    expect(await lenient.passedOver()).toEqual({});
  });
});

describe('an image', () => {
  it.each(['i420', 'rgb'] as const)(
    'has the full pixels of the face and its margin, never beyond the frame, in %s',
    async (layout) => {
      const corner = { box: { x: 280, y: 130, width: 48, height: 60 } };
      const shown = stage({ layout, faces: () => [corner, drawnFace(20)], capture: { margin: 0.5 } });
      await shown.play(0.1);
      shown.end();
      expect(shown.sent.map(({ shot }) => shot.crop)).toEqual([
        { x: 256, y: 100, width: 64, height: 80 },
        { x: 0, y: 30, width: 92, height: 120 },
      ]);
      for (const { shot, original } of shown.sent) {
        expect(shot.picture).toMatchObject({ width: shot.crop.width, height: shot.crop.height });
        expect(Buffer.compare(shot.picture.data, cutRgb(original, shot.crop))).toBe(0);
      }
    },
  );

  it.each(['i420', 'rgb'] as const)('is the whole frame where that is asked for, in %s', async (layout) => {
    const shown = stage({ layout, faces: standing, capture: { include: 'frame' } });
    await shown.play(3);
    const [{ shot, original }] = shown.sent as [Sent];
    expect(shot).toMatchObject({ image: 'frame', crop: { x: 0, y: 0, ...DRAWN_SIZE } });
    expect(Buffer.compare(shot.picture.data, original.data)).toBe(0);
  });
});
