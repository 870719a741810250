import { describe, expect, it } from 'vitest';
import type { Point } from '../detection.ts';
import { frontalness } from './frontalness.ts';
import { overallOf } from './overall.ts';
import { poorestReason } from './poorest-reason.ts';
import { measureQuality } from './quality.ts';

/** Numbers -1 to 1, the same in each run. */
function pseudoRandom(): () => number {
  let state = 1;
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return state / 2 ** 31 - 1;
  };
}

/** Each value the mean of `length` ones along an axis: `step` from one to the next. */
function smeared(values: Float32Array, length: number, step: number): Float32Array {
  return values.map((_, at) => {
    let sum = 0;
    for (let k = 0; k < length; k += 1) sum += values[at + (k - (length >> 1)) * step] ?? 0;
    return sum / length;
  });
}

const SIDE = 400;

/** A frame of dark and light squares, 10 pixels wide, in no order; `across` and `down` smear them over so many pixels. */
function squares({ dark = 60, light = 180, across = 1, down = 1, noise = 0 } = {}) {
  const random = pseudoRandom();
  const signs = Array.from({ length: 1600 }, () => Math.sign(random()));
  const sharp = Float32Array.from({ length: SIDE * SIDE }, (_, at) => {
    return signs[Math.floor((at % SIDE) / 10) + 40 * Math.floor(at / SIDE / 10)] ?? 0;
  });
  const data = Buffer.alloc(SIDE * SIDE * 3);
  smeared(smeared(sharp, across, 1), down, SIDE).forEach((sign, at) => {
    const value = (dark + light) / 2 + (sign * (light - dark)) / 2 + noise * random();
    data.fill(Math.round(Math.min(255, Math.max(0, value))), at * 3, at * 3 + 3);
  });
  return { width: SIDE, height: SIDE, data };
}

const box = { x: 100, y: 100, width: 120, height: 160 };
const facing: Point[] = [
  [130, 160],
  [190, 160],
  [160, 190],
  [140, 220],
  [180, 220],
];
const quality = (frame: ReturnType<typeof squares>, changes = {}) =>
  measureQuality(frame, { box, landmarks: facing, ...changes });

describe('measureQuality', () => {
  it('finds a blurred face less sharp than the same face in focus', () => {
    const sharp = quality(squares());
    const blurred = quality(squares({ across: 40, down: 40 }));
    expect(sharp.sharpness).toBeGreaterThan(0.8);
    expect(blurred.sharpness).toBeLessThan(sharp.sharpness / 2);
    expect(sharp.overall).toBeGreaterThan(blurred.overall);
  });

  it('takes a face smeared in one direction for blurred', () => {
    const moved = quality(squares({ across: 30 }));
    expect(moved.sharpness).toBeLessThan(quality(squares()).sharpness / 2);
  });

  it('does not take noise for sharpness', () => {
    const grey = { dark: 30, light: 34 };
    expect(quality(squares({ ...grey, across: 40, down: 40, noise: 12 })).sharpness).toBeLessThan(0.3);
  });

  it('finds a face as sharp in low contrast as in high', () => {
    const soft = quality(squares({ dark: 80, light: 120 }));
    expect(soft.sharpness).toBeCloseTo(quality(squares()).sharpness, 1);
  });

  it('finds faces without contrast and burnt-out faces badly exposed', () => {
    expect(quality(squares()).exposure).toBeGreaterThan(0.95);
    expect(quality(squares({ dark: 0, light: 3 })).exposure).toBeLessThan(0.1);
    expect(quality(squares({ dark: 252, light: 255 })).exposure).toBeLessThan(0.1);
  });

  it('does not hold darkness alone against a face', () => {
    expect(quality(squares({ dark: 15, light: 60 })).exposure).toBeGreaterThan(0.9);
  });

  it('measures how much of the face the border leaves', () => {
    expect(quality(squares()).completeness).toBe(1);
    expect(quality(squares(), { box: { ...box, x: -60 } }).completeness).toBe(0.5);
    expect(quality(squares(), { box: { ...box, x: 500 } })).toMatchObject({ completeness: 0, overall: 0 });
  });

  it('prefers large faces to small ones, the less the larger they are', () => {
    const [tiny, small, large, huge] = [12, 20, 100, 300].map(
      (side) => quality(squares(), { box: { x: 10, y: 10, width: side, height: side } }).size,
    );
    expect(tiny).toBeLessThan(0.3);
    expect(small).toBe(0.5);
    expect(large).toBeGreaterThan(0.95);
    expect(huge).toBeGreaterThan(large as number);
  });
});

describe('the border', () => {
  /** The models draw boxes that end at the border: eyes and mouth tell that more of the face must be beyond it. */
  it('is found to cut a face from where its eyes and mouth are', () => {
    const atLeft = facing.map(([x, y]): Point => [x - 125, y]);
    const { completeness } = quality(squares(), { box: { x: 0, y: 100, width: 95, height: 125 }, landmarks: atLeft });
    expect(completeness).toBeGreaterThan(0.6);
    expect(completeness).toBeLessThan(0.9);
  });

  it('is found to cut a face from a box at it that is too narrow', () => {
    const slim = { box: { x: 0, y: 100, width: 60, height: 160 }, landmarks: [] };
    expect(quality(squares(), slim).completeness).toBeCloseTo(0.49, 1);
    expect(quality(squares(), { ...slim, box: { ...slim.box, x: 100 } }).completeness).toBe(1);
  });
});

describe('overallOf and poorestReason', () => {
  const good = { sharpness: 0.9, frontalness: 0.9, size: 0.9, exposure: 0.9, completeness: 1 };

  it.each([
    ['sharpness', 'blurred'],
    ['size', 'small'],
    ['frontalness', 'turned'],
    ['exposure', 'badly-exposed'],
    ['completeness', 'cut-off'],
  ] as const)('fall with %s, and name it as the reason: %s', (component, reason) => {
    const poor = { ...good, [component]: 0.1 };
    expect(overallOf(poor)).toBeLessThan(overallOf(good) * 0.6);
    expect(poorestReason(poor)).toBe(reason);
  });

  it('are 1 for a perfect face and 0 for one without any detail', () => {
    const perfect = { sharpness: 1, frontalness: 1, size: 1, exposure: 1, completeness: 1 };
    expect(overallOf(perfect)).toBe(1);
    expect(overallOf({ ...perfect, sharpness: 0 })).toBe(0);
  });
});

describe('frontalness', () => {
  const centred = { x: 110, y: 130, width: 100, height: 130 };
  const turned = (offset: number): Point[] => [
    [130, 160],
    [190, 160],
    [160 + offset * 60, 190],
    [140, 220],
    [180, 220],
  ];

  it('is 1 straight ahead, 0 in profile, the same to both sides', () => {
    expect(frontalness({ box: centred, landmarks: facing })).toBe(1);
    expect(frontalness({ box: centred, landmarks: turned(0.3) })).toBeCloseTo(0.5);
    expect(frontalness({ box: centred, landmarks: turned(-0.3) })).toBeCloseTo(0.5);
    expect(frontalness({ box: centred, landmarks: turned(0.8) })).toBe(0);
  });

  it('does not take a head held sideways for a turned one', () => {
    const rotate = ([x, y]: Point): Point => {
      const angle = Math.PI / 6;
      const [dx, dy] = [x - 160, y - 190];
      return [160 + dx * Math.cos(angle) - dy * Math.sin(angle), 190 + dx * Math.sin(angle) + dy * Math.cos(angle)];
    };
    expect(frontalness({ box: centred, landmarks: facing.map(rotate) })).toBeCloseTo(1);
  });

  it('says that it does not know, without landmarks', () => {
    expect(frontalness({ box: centred, landmarks: [] })).toBe(0.5);
  });
});
