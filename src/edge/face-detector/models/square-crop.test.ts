import { describe, expect, it } from 'vitest';
import { cutRgb } from '../picture/cut.ts';
import { clipToImage, sampleSquare } from './square-crop.ts';

describe('clipToImage', () => {
  it('cuts off what lies beyond the borders', () => {
    expect(clipToImage({ x: -5.5, y: 2.9, width: 20, height: 10.7 }, 12, 10)).toEqual({
      x: 0,
      y: 2,
      width: 12,
      height: 7,
    });
  });

  it('is empty for a box outside', () => {
    const { width, height } = clipToImage({ x: 30, y: -40, width: 10, height: 10 }, 12, 10);
    expect([width, height]).toEqual([0, 0]);
  });
});

describe('sampleSquare', () => {
  const image = { width: 4, height: 2, data: Uint8Array.from({ length: 24 }, (_, i) => 10 + Math.floor(i / 3)) };
  const reds = (samples: Float32Array): number[] => [...samples].filter((_, i) => i % 3 === 0);

  it('centres a part that is not square between black', () => {
    const samples = sampleSquare(image, 4);
    expect(reds(samples)).toEqual([0, 0, 0, 0, 10, 11, 12, 13, 14, 15, 16, 17, 0, 0, 0, 0]);
  });

  it('samples between neighbours from the corner on, without half pixels', () => {
    const samples = sampleSquare({ width: 2, height: 2, data: cutRgb(image, { x: 1, y: 0, width: 2, height: 2 }) }, 4);
    expect(reds(samples).slice(0, 8)).toEqual([11, 11.5, 12, 12, 13, 13.5, 14, 14]);
  });
});
