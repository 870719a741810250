import { describe, expect, it } from 'vitest';
import type { Detection } from '../detection.ts';
import type { Shot } from '../shot.ts';
import { type SeenFace, type VisitShot, Visits } from './visits.ts';

const FPS = 10;

/** A face at x with a quality; the shot remembers the frame that it was cut from. */
function face(x: number, overall: number, { score = 0.9, y = 100 } = {}): (index: number) => SeenFace {
  return (index) => {
    const detection: Detection = { box: { x, y, width: 80, height: 100 }, score, landmarks: [] };
    const quality = { overall, sharpness: 1, frontalness: 1, size: 1, exposure: 1, completeness: 1 };
    const frame = { index, width: 1280, height: 720, capturedAt: new Date(index * 100) };
    return {
      detection,
      quality,
      cut: () => ({ detection, quality, frame, crop: detection.box, pixels: Buffer.alloc(0) }) satisfies Shot,
    };
  };
}

/** Plays frames 0 … count - 1 at 10 a second. */
function play(
  visits: Visits,
  count: number,
  facesOf: (index: number) => ((index: number) => SeenFace)[],
  from = 0,
): VisitShot[] {
  const sent: VisitShot[] = [];
  for (let index = from; index < from + count; index += 1) {
    const frame = { capturedAt: new Date((index * 1000) / FPS), cut: false };
    sent.push(
      ...visits.see(
        frame,
        facesOf(index).map((make) => make(index)),
      ),
    );
  }
  return sent;
}

describe('Visits', () => {
  it('sends one image of a person who walks by: the best, once they are gone', () => {
    const visits = new Visits(2000);
    const sent = play(visits, 60, (index) => (index < 15 ? [face(50 * index, index === 7 ? 0.9 : 0.3)] : []));
    expect(sent).toHaveLength(1);
    expect(sent[0]?.shot.frame.index).toBe(7);
    expect(sent[0]?.visit).toMatchObject({ frames: 15, shot: 1, firstSeenAt: new Date(0), lastSeenAt: new Date(1400) });
  });

  it('sends a standing person after 2 s without a better shot, and again only for a clearly better one', () => {
    const visits = new Visits(2000);
    const sent = play(visits, 100, (index) => [face(300, index < 50 ? 0.5 : index < 70 ? 0.55 : 0.9)]);
    expect(sent.map(({ shot, visit }) => [shot.quality.overall, visit.shot])).toEqual([
      [0.5, 1],
      [0.9, 2],
    ]);
    expect(new Set(sent.map(({ visit }) => visit.id)).size).toBe(1);
  });

  it('keeps a visit whole over a missed second, and begins another after a longer absence', () => {
    const visits = new Visits(2000);
    const gap = play(visits, 40, (index) => (index > 10 && index < 20 ? [] : [face(300, 0.5)]));
    gap.push(...visits.endAll());
    expect(new Set(gap.map(({ visit }) => visit.id)).size).toBe(1);
    const absence = play(new Visits(2000), 80, (index) => (index > 10 && index < 50 ? [] : [face(300, 0.5)]));
    expect(new Set(absence.map(({ visit }) => visit.id)).size).toBe(2);
  });

  it('takes who comes beside the place that another left a second ago for another person', () => {
    const visits = new Visits(2000);
    const sent = play(visits, 60, (index) =>
      index < 15 ? [face(300, 0.9)] : index < 30 ? [] : index < 45 ? [face(375, 0.5)] : [],
    );
    sent.push(...visits.endAll());
    expect(sent.map(({ shot }) => shot.quality.overall)).toEqual([0.9, 0.5]);
  });

  it('keeps a walking person whole at one frame a second', () => {
    const visits = new Visits(2000);
    const sent = [0, 1, 2, 3, 4].flatMap((second) =>
      visits.see({ capturedAt: new Date(second * 1000), cut: false }, [face(300 + 60 * second, 0.5)(second)]),
    );
    sent.push(...visits.endAll());
    expect(new Set(sent.map(({ visit }) => visit.id)).size).toBe(1);
  });

  it('keeps two people apart who stand side by side', () => {
    const visits = new Visits(2000);
    const sent = [...play(visits, 20, () => [face(100, 0.5), face(400, 0.6)]), ...visits.endAll()];
    expect(sent.map(({ shot }) => shot.detection.box.x).sort()).toEqual([100, 400]);
  });

  it('lets no visit span a cut, and believes single stills at the score of their detector', () => {
    const visits = new Visits(2000);
    const still = (index: number) =>
      visits.see({ capturedAt: new Date(index * 1000), cut: true }, [face(300, 0.5, { score: 0.41 })(index)]);
    const sent = [...still(0), ...still(1), ...visits.endAll()];
    expect(sent).toHaveLength(2);
    expect(new Set(sent.map(({ visit }) => visit.id)).size).toBe(2);
  });

  it('takes a faint face that is there for one frame of a film for a mistake, not a sure one', () => {
    const faint = play(new Visits(2000), 40, (index) => (index === 5 ? [face(300, 0.5, { score: 0.45 })] : []));
    const sure = play(new Visits(2000), 40, (index) => (index === 5 ? [face(300, 0.5, { score: 0.8 })] : []));
    expect([faint.length, sure.length]).toEqual([0, 1]);
  });
});
