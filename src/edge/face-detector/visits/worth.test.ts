import { describe, expect, it } from 'vitest';
import { Tracker } from '../tracks/tracker.ts';
import { worthOf } from './worth.ts';

const QUALITY = { overall: 0.8 };
const BOX = { x: 300, y: 200, width: 80, height: 100 };

/** A track seen at so many places, 10 a second. */
function trackAt(...places: readonly number[]) {
  const tracker = new Tracker({ forgetAfterMs: 2000, minNewScore: 0.5 });
  const seen = places.map((x, i) => tracker.update([{ box: { ...BOX, x }, score: 0.9 }], i * 100));
  return seen.at(-1)?.[0]?.track ?? expect.fail('Expected a track');
}

describe('worthOf', () => {
  it('is the quality of a face that stands alone and still', () => {
    expect(worthOf(QUALITY, { track: trackAt(300, 300, 300, 300), box: BOX, others: [BOX] })).toBeCloseTo(0.8, 2);
  });

  it('is less the faster a face moves, and least where nobody knows yet', () => {
    const worths = [trackAt(300, 301, 302, 303), trackAt(300, 320, 340, 360), trackAt(300)].map((track) =>
      worthOf(QUALITY, { track, box: BOX, others: [BOX] }),
    );
    expect(worths).toEqual(worths.toSorted((a, b) => b - a));
    expect(worths.at(-1)).toBeCloseTo(0.64, 5);
  });

  it('is less by what another face takes of it', () => {
    const others = [BOX, { ...BOX, x: 340 }, { ...BOX, x: 900 }];
    expect(worthOf(QUALITY, { track: trackAt(300, 300, 300), box: BOX, others })).toBeCloseTo(0.4, 2);
  });
});
