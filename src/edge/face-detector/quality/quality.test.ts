import { describe, expect, it } from 'vitest';
import type { Point } from '../detection.ts';
import { frontalness } from './frontalness.ts';
import { measureQuality } from './quality.ts';

/** A frame of stripes `period` pixels wide; `blur` spreads their edges over so many pixels. */
function stripes(width: number, height: number, { dark = 60, light = 180, blur = 0 } = {}) {
  const data = Buffer.alloc(width * height * 3);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const wave = Math.sin((x * 2 * Math.PI) / 24);
      const edge = blur === 0 ? Math.sign(wave) : Math.max(-1, Math.min(1, (wave * 12) / blur));
      data.fill(
        Math.round((dark + light) / 2 + (edge * (light - dark)) / 2),
        (y * width + x) * 3,
        (y * width + x) * 3 + 3,
      );
    }
  }
  return { width, height, data };
}

const box = { x: 100, y: 100, width: 120, height: 160 };
const facing: Point[] = [
  [130, 160],
  [190, 160],
  [160, 190],
  [140, 220],
  [180, 220],
];
const quality = (frame: ReturnType<typeof stripes>, changes = {}) =>
  measureQuality(frame, { box, landmarks: facing, ...changes });

describe('measureQuality', () => {
  it('finds a blurred face less sharp than the same face in focus', () => {
    const sharp = quality(stripes(400, 400));
    const blurred = quality(stripes(400, 400, { blur: 30 }));
    expect(sharp.sharpness).toBeGreaterThan(0.6);
    expect(blurred.sharpness).toBeLessThan(0.3);
    expect(sharp.overall).toBeGreaterThan(blurred.overall);
  });

  it('finds dark and burnt-out faces badly exposed', () => {
    expect(quality(stripes(400, 400)).exposure).toBe(1);
    expect(quality(stripes(400, 400, { dark: 0, light: 20 })).exposure).toBeLessThan(0.3);
    expect(quality(stripes(400, 400, { dark: 252, light: 255 })).exposure).toBeLessThan(0.3);
  });

  it('measures how much of the face the border leaves', () => {
    expect(quality(stripes(400, 400)).completeness).toBe(1);
    expect(quality(stripes(400, 400), { box: { ...box, x: -60 } }).completeness).toBe(0.5);
    expect(quality(stripes(400, 400), { box: { ...box, x: 500 } })).toMatchObject({ completeness: 0, overall: 0 });
  });

  it('prefers large faces to small ones, up to a size', () => {
    const sizes = [40, 100, 200, 300].map(
      (side) => quality(stripes(400, 400), { box: { x: 10, y: 10, width: side, height: side } }).size,
    );
    expect(sizes).toEqual([0.2, 0.5, 1, 1]);
  });
});

describe('frontalness', () => {
  const turned = (offset: number): Point[] => [
    [130, 160],
    [190, 160],
    [160 + offset * 60, 190],
    [140, 220],
    [180, 220],
  ];

  it('is 1 straight ahead, 0 in profile, the same to both sides', () => {
    expect(frontalness({ landmarks: facing })).toBe(1);
    expect(frontalness({ landmarks: turned(0.3) })).toBeCloseTo(0.5);
    expect(frontalness({ landmarks: turned(-0.3) })).toBeCloseTo(0.5);
    expect(frontalness({ landmarks: turned(0.8) })).toBe(0);
  });

  it('does not take a head held sideways for a turned one', () => {
    const rotate = ([x, y]: Point): Point => {
      const angle = Math.PI / 6;
      const [dx, dy] = [x - 160, y - 190];
      return [160 + dx * Math.cos(angle) - dy * Math.sin(angle), 190 + dx * Math.sin(angle) + dy * Math.cos(angle)];
    };
    expect(frontalness({ landmarks: facing.map(rotate) })).toBeCloseTo(1);
  });

  it('says that it does not know, without landmarks', () => {
    expect(frontalness({ landmarks: [] })).toBe(0.5);
  });
});
