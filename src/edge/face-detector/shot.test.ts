import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import type { Frame } from './frame.ts';
import { cutShot, encodeShot } from './shot.ts';

const quality = { overall: 1, sharpness: 1, frontalness: 1, size: 1, exposure: 1, completeness: 1 };

/** A frame whose every pixel tells where it is. */
function frame(width: number, height: number): Frame {
  const data = Buffer.alloc(width * height * 3);
  for (let y = 0; y < height; y += 1) for (let x = 0; x < width; x += 1) data.set([x, y, 7], (y * width + x) * 3);
  return { width, height, data, index: 3, capturedAt: new Date(0), cut: false };
}

const at = (x: number, y: number, width: number, height: number) => ({
  box: { x, y, width, height },
  score: 1,
  landmarks: [],
});

describe('cutShot', () => {
  it('takes a margin of the box on each side, in whole pixels of the frame', () => {
    const { crop, picture } = cutShot(frame(200, 100), at(50, 40, 20, 40), quality, { margin: 0.25, include: 'face' });
    expect(crop).toEqual({ x: 45, y: 30, width: 30, height: 60 });
    expect([...picture.data.subarray(0, 3)]).toEqual([45, 30, 7]);
    expect([...picture.data.subarray(-3)]).toEqual([74, 89, 7]);
  });

  it('never goes beyond the frame, wherever the box is', () => {
    expect(cutShot(frame(200, 100), at(-10, -10, 40, 40), quality, { margin: 0.5, include: 'face' }).crop).toEqual({
      x: 0,
      y: 0,
      width: 50,
      height: 50,
    });
    expect(cutShot(frame(200, 100), at(180, 80, 40, 40), quality, { margin: 0.5, include: 'face' }).crop).toEqual({
      x: 160,
      y: 60,
      width: 40,
      height: 40,
    });
    expect(cutShot(frame(200, 100), at(500, 500, 40, 40), quality, { margin: 0, include: 'face' }).crop).toEqual({
      x: 199,
      y: 99,
      width: 1,
      height: 1,
    });
  });

  it('keeps its pixels when the frame is written over', () => {
    const shown = frame(200, 100);
    const { picture } = cutShot(shown, at(50, 40, 20, 40), quality, { margin: 0, include: 'face' });
    shown.data.fill(0);
    expect([...picture.data.subarray(0, 3)]).toEqual([50, 40, 7]);
  });
});

describe('encodeShot', () => {
  it('gives the crop in each format, png without loss', async () => {
    const shot = cutShot(frame(200, 100), at(50, 40, 20, 40), quality, { margin: 0, include: 'face' });
    for (const format of ['png', 'jpeg', 'webp'] as const) {
      const image = await encodeShot(shot, format, 90);
      expect(await sharp(image).metadata()).toMatchObject({ format, width: 20, height: 40 });
    }
    const raw = await sharp(await encodeShot(shot, 'png', 90))
      .raw()
      .toBuffer();
    expect(raw.equals(shot.picture.data)).toBe(true);
  });
});
