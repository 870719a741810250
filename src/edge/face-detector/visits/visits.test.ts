import { describe, expect, it } from 'vitest';
import type { Shot } from '../shot.ts';
import { type FaceOfTrack, type VisitShot, Visits, type VisitsOptions } from './visits.ts';

const FPS = 10;

const visitsWith = (changes: Partial<VisitsOptions> = {}) =>
  new Visits({ timeoutMs: 2000, maxUnreportedMs: 30_000, minQuality: 0, ...changes });

/** A face of a person with a quality; the shot remembers the frame that it was cut from. */
function face(overall: number, { track = 1, score = 0.9, worth = overall } = {}): (index: number) => FaceOfTrack {
  return (index) => {
    const detection = { box: { x: 0, y: 0, width: 80, height: 100 }, score, landmarks: [] };
    const quality = { overall, sharpness: 1, frontalness: 1, size: 1, exposure: 1, completeness: 1 };
    const frame = { index, width: 1280, height: 720, capturedAt: new Date(index * 100) };
    const picture = { width: 80, height: 100, data: new Uint8Array() };
    const shot: Shot = { detection, quality, frame, image: 'face', crop: detection.box, picture };
    return { track, face: { detection, quality, worth, cut: () => shot } };
  };
}

/** Plays frames 0 … count - 1 at 10 a second. */
function play(
  visits: Visits,
  count: number,
  facesOf: (index: number) => ((index: number) => FaceOfTrack)[],
): VisitShot[] {
  return Array.from({ length: count }, (_, index) => index).flatMap((index) =>
    visits.see(
      { capturedAt: new Date((index * 1000) / FPS), cut: false },
      facesOf(index).map((make) => make(index)),
    ),
  );
}

describe('Visits', () => {
  it('sends one image of a person who walks by: the best, once they are gone', () => {
    const sent = play(visitsWith(), 60, (index) => (index < 15 ? [face(index === 7 ? 0.9 : 0.3)] : []));
    expect(sent).toHaveLength(1);
    expect(sent[0]?.shot.frame.index).toBe(7);
    expect(sent[0]?.visit).toMatchObject({ frames: 15, shot: 1, firstSeenAt: new Date(0), lastSeenAt: new Date(1400) });
  });

  it('sends a standing person after 2 s without a better shot, and again only for a clearly better one', () => {
    const sent = play(visitsWith(), 100, (index) => [face(index < 50 ? 0.5 : index < 70 ? 0.55 : 0.9)]);
    expect(sent.map(({ shot, visit }) => [shot.quality.overall, visit.shot])).toEqual([
      [0.5, 1],
      [0.9, 2],
    ]);
    expect(new Set(sent.map(({ visit }) => visit.id)).size).toBe(1);
  });

  it('sends what is due also when nobody looks at the frames that go by', () => {
    const visits = visitsWith();
    play(visits, 2, () => [face(0.5)]);
    expect(visits.pass(new Date(1900))).toEqual([]);
    expect(visits.pass(new Date(2000))).toHaveLength(1);
    expect(visits.pass(new Date(2200))).toEqual([]);
  });

  it('does not wait longer than it may for somebody whose picture gets better all the time', () => {
    const improving = (index: number) => [face(0.1 * 1.04 ** index)];
    const sent = play(visitsWith({ maxUnreportedMs: 3000 }), 50, improving);
    expect(sent.map(({ shot }) => shot.frame.index)).toEqual([30]);
    expect(play(visitsWith(), 50, improving)).toEqual([]);
  });

  it('ends a visit after the absence that is set, and no sooner', () => {
    const visits = visitsWith();
    const gap = [...play(visits, 40, (index) => (index > 10 && index < 28 ? [] : [face(0.5)])), ...visits.endAll()];
    expect(new Set(gap.map(({ visit }) => visit.id)).size).toBe(1);
    const absence = play(visitsWith(), 80, (index) => (index > 10 && index < 50 ? [] : [face(0.5)]));
    expect(new Set(absence.map(({ visit }) => visit.id)).size).toBe(2);
  });

  it('counts the frames in which a face was too faint for a picture, and takes none of them', () => {
    const visits = visitsWith();
    play(visits, 3, (index) => [(at) => ({ ...face(0.5)(at), ...(index === 1 ? { face: undefined } : {}) })]);
    expect(visits.endAll().map(({ shot, visit }) => [shot.frame.index, visit.frames])).toEqual([[0, 3]]);
  });

  it('sends nothing of a visit whose best shot is not good enough, and tells of it once', () => {
    const passedOver: number[] = [];
    const options = { minQuality: 0.4, onPassedOver: (shot: Shot) => passedOver.push(shot.quality.overall) };
    expect(play(visitsWith(options), 60, (index) => (index < 15 ? [face(index / 50)] : []))).toEqual([]);
    expect(passedOver).toEqual([0.28]);
    const late = play(visitsWith(options), 80, (index) => [face(index < 40 ? 0.3 : 0.41)]);
    expect(late.map(({ shot }) => shot.quality.overall)).toEqual([0.41]);
  });

  it('keeps two people apart', () => {
    const visits = visitsWith();
    const sent = [...play(visits, 20, () => [face(0.5, { track: 1 }), face(0.6, { track: 2 })]), ...visits.endAll()];
    expect(sent.map(({ shot }) => shot.quality.overall)).toEqual([0.5, 0.6]);
    expect(new Set(sent.map(({ visit }) => visit.id)).size).toBe(2);
  });

  it('believes single stills at the score of their detector', () => {
    const visits = visitsWith();
    visits.see({ capturedAt: new Date(0), cut: true }, [face(0.5, { score: 0.41 })(0)]);
    expect(visits.endAll()).toHaveLength(1);
  });

  it('takes a faint face that is there for one frame of a film for a mistake, not a sure one', () => {
    const faint = play(visitsWith(), 40, (index) => (index === 5 ? [face(0.5, { score: 0.45 })] : []));
    const sure = play(visitsWith(), 40, (index) => (index === 5 ? [face(0.5, { score: 0.8 })] : []));
    expect([faint.length, sure.length]).toEqual([0, 1]);
  });

  it('tells of a faint face that was there for one frame, and believes none because its film began with it', () => {
    const passedOver: string[] = [];
    const visits = visitsWith({ onPassedOver: (_, why) => passedOver.push(why) });
    visits.see({ capturedAt: new Date(0), cut: true }, [face(0.5, { score: 0.45 })(0)]);
    visits.pass(new Date(100));
    expect(visits.endAll()).toEqual([]);
    expect(passedOver).toEqual(['seen-once']);
  });

  it('gives up no shot that is good enough for one of more worth that is not', () => {
    for (const order of [
      [0, 1],
      [1, 0],
    ]) {
      const visits = visitsWith({ minQuality: 0.3 });
      const faces = [face(0.32, { worth: 0.26 }), face(0.29, { worth: 0.29 })];
      play(visits, 2, (index) => [faces[order[index] as number] as (typeof faces)[0]]);
      expect(visits.endAll().map(({ shot }) => shot.quality.overall)).toEqual([0.32]);
    }
  });

  it('waits for the best of a new shot too, also where each is hardly better than the one before', () => {
    const sent = play(visitsWith(), 100, (index) => [
      index < 50 ? face(0.5) : face(0.65 + Math.min(index - 50, 5) / 1000),
    ]);
    expect(sent.map(({ shot, visit }) => [shot.frame.index, visit.shot])).toEqual([
      [0, 1],
      [55, 2],
    ]);
  });

  it('sends no second image of somebody who only stopped walking', () => {
    const sent = play(visitsWith(), 100, (index) => [index < 50 ? face(0.5, { worth: 0.4 }) : face(0.51)]);
    expect(sent.map(({ visit }) => visit.shot)).toEqual([1]);
  });
});
