import { describe, expect, it } from 'vitest';
import { type SentImage, scoreVisits } from './score-visits.ts';
import { parseVisitTruth, type VisitTruthFile } from './visit-truth.ts';

type Boxes = VisitTruthFile['visits'][string]['boxes'];

/** A face of 100 × 100 in these frames; from 0 to 100 with the frame's number, `left` further right. */
function boxes(from: number, to: number, left: number): Boxes {
  return Object.fromEntries(
    Array.from({ length: to - from + 1 }, (_, i) => [String(from + i), [left + from + i, 50, 100, 100]]),
  );
}

function span(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}

/** Anna and Ben at the same time, far apart; Cleo after them, beginning partly hidden; Dora runs by and is never sharp. */
const truth = parseVisitTruth({
  fps: 10,
  frames: 200,
  width: 1280,
  height: 720,
  visits: {
    anna: { portrait: 'a.jpg', boxes: boxes(0, 50, 0), sharp: span(20, 30) },
    ben: { portrait: 'b.jpg', boxes: boxes(10, 60, 600), sharp: span(40, 50) },
    cleo: { portrait: 'c.jpg', boxes: boxes(100, 150, 0), sharp: span(110, 140), partial: boxes(90, 99, 0) },
    dora: { portrait: 'd.jpg', boxes: boxes(160, 170, 300), sharp: [] },
  },
});

function image(frameIndex: number, left: number, changes: Partial<SentImage> = {}): SentImage {
  return { frameIndex, box: { x: left + frameIndex, y: 50, width: 100, height: 100 }, bytes: 1000, ...changes };
}

const anna = image(25, 0, { visitId: '1' });
const ben = image(45, 600, { visitId: '2' });
const cleo = image(120, 0, { visitId: '3' });
const dora = image(165, 300, { visitId: '4' });
const PERFECT = [anna, ben, cleo, dora];

/** The figures that differ from those of a perfect answer. */
function changed(sent: readonly SentImage[]): object {
  const perfect = scoreVisits(truth, PERFECT);
  return Object.fromEntries(
    Object.entries(scoreVisits(truth, sent)).filter(
      ([name, value]) => name !== 'framesSent' && String(value) !== String(perfect[name as keyof typeof perfect]),
    ),
  );
}

describe('scoreVisits', () => {
  it('gives a perfect answer full marks', () => {
    expect(scoreVisits(truth, PERFECT)).toEqual({
      visits: 4,
      covered: 4,
      missed: [],
      images: 4,
      imagesPerVisit: 1,
      mostImages: 1,
      ofNobody: 0,
      ofPartial: 0,
      sharpShare: 1,
      notSharp: [],
      merged: 0,
      split: 0,
      bytes: 4000,
      framesSent: new Map([
        ['anna', [25]],
        ['ben', [45]],
        ['cleo', [120]],
        ['dora', [165]],
      ]),
    });
  });

  it('does not depend on the order', () => {
    expect(changed(PERFECT.toReversed())).toEqual({});
  });

  it('charges a visit without an image', () => {
    const expected = { covered: 3, missed: ['ben'], images: 3, sharpShare: 2 / 3, notSharp: ['ben'], bytes: 3000 };
    expect(changed([anna, cleo, dora])).toEqual(expected);
    expect(changed([anna, ben, cleo])).toEqual({ covered: 3, missed: ['dora'], images: 3, bytes: 3000 });
  });

  it('charges an image of nobody, and it alone', () => {
    const nobody = { images: 5, ofNobody: 1, bytes: 5000 };
    expect(changed([...PERFECT, image(25, 300, { visitId: '9' })])).toEqual(nobody);
    expect(changed([...PERFECT, image(25, 300, { visitId: '1' })])).toEqual(nobody);
    expect(changed([...PERFECT, image(25, 300)])).toEqual(nobody);
  });

  it('charges an image from outside the sharp span', () => {
    expect(changed([image(5, 0, { visitId: '1' }), ben, cleo, dora])).toEqual({
      sharpShare: 2 / 3,
      notSharp: ['anna'],
    });
    expect(changed([image(19, 0, { visitId: '1' }), ben, cleo, dora])).toEqual({
      sharpShare: 2 / 3,
      notSharp: ['anna'],
    });
    expect(changed([image(20, 0, { visitId: '1' }), ben, cleo, dora])).toEqual({});
  });

  it('charges more than one image of a visit', () => {
    const twice = { images: 5, imagesPerVisit: 1.25, mostImages: 2, bytes: 5000 };
    expect(changed([...PERFECT, anna])).toEqual(twice);
    expect(changed([...PERFECT, image(5, 0, { visitId: '1' })])).toEqual(twice);
    const thrice = { images: 6, imagesPerVisit: 1.5, mostImages: 3, bytes: 6000 };
    expect(changed([...PERFECT, anna, image(26, 0, { visitId: '1' })])).toEqual(thrice);
  });

  it('takes a wrong frame number for an image of nobody', () => {
    const expected = { covered: 3, missed: ['anna'], ofNobody: 1, sharpShare: 2 / 3, notSharp: ['anna'] };
    expect(changed([{ ...anna, frameIndex: 185 }, ben, cleo, dora])).toEqual(expected);
    // The box is not where Anna was by then.
    expect(changed([{ ...anna, box: { ...anna.box, x: -60 } }, ben, cleo, dora])).toEqual(expected);
  });

  it('charges one visit id for two people', () => {
    expect(changed([anna, { ...ben, visitId: '1' }, cleo, dora])).toEqual({ merged: 1 });
    const exchanged = [anna, ben, image(26, 0, { visitId: '2' }), image(46, 600, { visitId: '1' })];
    expect(changed([...exchanged, cleo, dora])).toEqual({
      images: 6,
      imagesPerVisit: 1.5,
      mostImages: 2,
      merged: 2,
      split: 2,
      bytes: 6000,
    });
  });

  it('charges one person under two visit ids', () => {
    const expected = { images: 5, imagesPerVisit: 1.25, mostImages: 2, split: 1, bytes: 5000 };
    expect(changed([...PERFECT, image(26, 0, { visitId: '5' })])).toEqual(expected);
  });

  it('notices nothing where only the names of the visits are exchanged', () => {
    expect(changed([{ ...anna, visitId: '2' }, { ...ben, visitId: '1' }, cleo, dora])).toEqual({});
  });

  it('neither merges nor splits for a detector that knows no visits', () => {
    const nameless = PERFECT.map(({ visitId: _, ...rest }) => rest);
    expect(changed([...nameless, ...nameless])).toEqual({
      images: 8,
      imagesPerVisit: 2,
      mostImages: 2,
      bytes: 8000,
    });
  });

  it('counts bytes', () => {
    expect(changed([{ ...anna, bytes: 1500 }, ben, cleo, dora])).toEqual({ bytes: 4500 });
  });

  it('takes an overlap of 0.3 for the same face, and less for nobody', () => {
    const shifted = (by: number) => [{ ...anna, box: { ...anna.box, x: anna.box.x + by } }, ben, cleo, dora];
    expect(changed(shifted(53))).toEqual({});
    expect(changed(shifted(55))).toMatchObject({ ofNobody: 1, covered: 3 });
  });

  it('gives an image to the face that it overlaps most', () => {
    const crossing = parseVisitTruth({
      ...{ fps: 10, frames: 10, width: 1280, height: 720 },
      visits: {
        left: { portrait: 'a.jpg', boxes: { 5: [100, 50, 100, 100] }, sharp: [] },
        right: { portrait: 'b.jpg', boxes: { 5: [140, 50, 100, 100] }, sharp: [] },
      },
    });
    const at = (x: number) => ({ frameIndex: 5, box: { x, y: 50, width: 100, height: 100 }, bytes: 1 });
    expect(scoreVisits(crossing, [at(115)]).missed).toEqual(['right']);
    expect(scoreVisits(crossing, [at(125)]).missed).toEqual(['left']);
    expect(scoreVisits(crossing, [at(115), at(125)]).missed).toEqual([]);
  });

  it('lets an image of a partly hidden face be of somebody, but cover nothing', () => {
    const early = image(95, 0, { visitId: '3' });
    expect(changed([...PERFECT, early])).toEqual({ images: 5, ofPartial: 1, bytes: 5000 });
    expect(changed([anna, ben, early, dora])).toEqual({
      ...{ covered: 3, missed: ['cleo'], ofPartial: 1, sharpShare: 2 / 3, notSharp: ['cleo'] },
    });
    // Whose it is counts all the same.
    expect(changed([...PERFECT, { ...early, visitId: '7' }])).toMatchObject({ ofPartial: 1, split: 1 });
  });

  it('covers nothing with nothing', () => {
    const none = scoreVisits(truth, []);
    expect(none).toMatchObject({ covered: 0, images: 0, imagesPerVisit: Number.NaN, sharpShare: 0, bytes: 0 });
  });
});
