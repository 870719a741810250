import { describe, expect, it } from 'vitest';
import { type ScoredPicture, scoreDetections } from './average-precision.ts';

const ALL = { minIou: 0.5, sizes: { min: 0, max: Number.POSITIVE_INFINITY }, threshold: 0.5 };
const box = (x: number, y = 0, side = 40) => ({ x, y, width: side, height: side });
const face = (x: number, side = 40) => ({ box: box(x, 0, side), neutral: false });
const find = (x: number, score: number, side = 40) => ({ box: box(x, 0, side), score });

const FOUR = [0, 100, 200, 300];
const perfect: ScoredPicture = { faces: FOUR.map((x) => face(x)), found: FOUR.map((x, i) => find(x, 0.9 - i / 10)) };

describe('scoreDetections', () => {
  it('gives a perfect answer 1', () => {
    expect(scoreDetections([perfect], ALL)).toEqual({ averagePrecision: 1, faces: 4, precision: 1, recall: 1 });
  });

  it('charges a missing face', () => {
    const score = scoreDetections([{ ...perfect, found: perfect.found.slice(0, 3) }], ALL);
    expect(score).toEqual({ averagePrecision: 0.75, faces: 4, precision: 1, recall: 0.75 });
  });

  it('charges a doubled box as a wrong one', () => {
    const found = [...perfect.found, find(2, 0.95)];
    const score = scoreDetections([{ ...perfect, found }], ALL);
    expect(score.precision).toBe(0.8);
    expect(score.recall).toBe(1);
    // Right, wrong, right, right, right: precision 1, then at most 4/5 for the other three.
    expect(score.averagePrecision).toBeCloseTo((1 + 3 * 0.8) / 4, 12);
  });

  it('charges a shifted box twice: the face is missed and the box is wrong', () => {
    const found = [find(0 + 21, 0.95), ...perfect.found.slice(1)];
    const score = scoreDetections([{ ...perfect, found }], ALL);
    expect(score.precision).toBe(0.75);
    expect(score.recall).toBe(0.75);
    expect(score.averagePrecision).toBeCloseTo((3 * 0.75) / 4, 12);
    expect(scoreDetections([{ ...perfect, found: [find(13, 0.9), ...perfect.found.slice(1)] }], ALL).recall).toBe(1);
  });

  it('accepts the shifted box at a lower overlap', () => {
    const found = [find(17, 0.9), ...perfect.found.slice(1)];
    expect(scoreDetections([{ ...perfect, found }], ALL).recall).toBe(0.75);
    expect(scoreDetections([{ ...perfect, found }], { ...ALL, minIou: 0.4 }).recall).toBe(1);
  });

  it('charges an error less the lower its score', () => {
    const wrong = (score: number) =>
      scoreDetections([{ ...perfect, found: [...perfect.found, find(900, score)] }], ALL).averagePrecision;
    expect(wrong(0.99)).toBeCloseTo(0.8, 12);
    expect(wrong(0.75)).toBeGreaterThan(0.8);
    expect(wrong(0.1)).toBe(1);
  });

  it('counts neither the finding nor the missing of a neutral face', () => {
    const neutral = { box: box(500), neutral: true };
    const found = [...perfect.found, find(500, 0.99), find(501, 0.98)];
    const expected = { averagePrecision: 1, faces: 4, precision: 1, recall: 1 };
    expect(scoreDetections([{ faces: [...perfect.faces, neutral], found }], ALL)).toEqual(expected);
    expect(scoreDetections([{ faces: [...perfect.faces, neutral], found: perfect.found }], ALL)).toEqual(expected);
  });

  it('makes faces outside the range of sizes neutral, the limits being √(width · height)', () => {
    const faces = [face(0, 31), { box: { x: 100, y: 0, width: 16, height: 64 }, neutral: false }, face(200, 96)];
    const found = [find(0, 0.9, 31), find(200, 0.8, 96)];
    const between = scoreDetections([{ faces, found }], { ...ALL, sizes: { min: 32, max: 96 } });
    expect([between.faces, between.recall]).toEqual([1, 0]);
    expect(between.precision).toBeNaN();
    const large = scoreDetections([{ faces, found }], { ...ALL, sizes: { min: 96, max: 1e9 } });
    expect([large.faces, large.averagePrecision]).toEqual([1, 1]);
  });

  it('ranks the finds of all pictures together', () => {
    const strange = { faces: [], found: [find(0, 0.99)] };
    expect(scoreDetections([perfect, strange], ALL).averagePrecision).toBeCloseTo(0.8, 12);
  });

  it('gives two faces close together to two boxes', () => {
    const faces = [face(0), face(8)];
    const found = [find(4, 0.9), find(1, 0.8)];
    expect(scoreDetections([{ faces, found }], ALL).recall).toBe(1);
  });
});
