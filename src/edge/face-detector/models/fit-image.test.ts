import { describe, expect, it } from 'vitest';
import { fitImage } from './fit-image.ts';

const picture = (width: number, height: number) => ({
  width,
  height,
  data: Uint8Array.from({ length: width * height * 3 }, (_, i) => 1 + ((i * 7) % 250)),
});

describe('fitImage', () => {
  it('never enlarges, and pads on the right and at the bottom with black', async () => {
    const image = picture(20, 10);
    const fitted = await fitImage(image, 640, 16);
    expect([fitted.width, fitted.height, fitted.scaleX, fitted.scaleY]).toEqual([32, 16, 1, 1]);
    for (let y = 0; y < 16; y++) {
      for (let x = 0; x < 32; x++) {
        const expected = x < 20 && y < 10 ? image.data[(y * 20 + x) * 3] : 0;
        expect(fitted.data[(y * 32 + x) * 3]).toBe(expected);
      }
    }
  });

  it('shrinks the longer side to the limit, and neither shifts nor stretches', async () => {
    const [width, height] = [1024, 683];
    const data = new Uint8Array(width * height * 3);
    for (let i = 0; i < width * height; i++) {
      data[i * 3] = ((i % width) * 255) / (width - 1);
      data[i * 3 + 1] = (Math.floor(i / width) * 255) / (height - 1);
    }
    const fitted = await fitImage({ width, height, data }, 640, 32);
    expect([fitted.width, fitted.height, fitted.scaleX, fitted.scaleY]).toEqual([640, 448, 1.6, 683 / 427]);
    for (const [x, y] of [
      [0, 0],
      [320, 100],
      [100, 300],
      [639, 426],
    ] as const) {
      const at = (y * 640 + x) * 3;
      expect(fitted.data[at]).toBeCloseTo((((x + 0.5) * fitted.scaleX - 0.5) * 255) / (width - 1), -0.5);
      expect(fitted.data[at + 1]).toBeCloseTo((((y + 0.5) * fitted.scaleY - 0.5) * 255) / (height - 1), -0.5);
    }
    expect(fitted.data.subarray(640 * 427 * 3).every((byte) => byte === 0)).toBe(true);
  });

  it('shrinks portraits by their height', async () => {
    const fitted = await fitImage(picture(720, 1280), 640, 16);
    expect([fitted.width, fitted.height]).toEqual([368, 640]);
    expect(fitted.scaleX).toBe(2);
  });

  it('keeps a very long strip at least a pixel wide', async () => {
    const fitted = await fitImage(picture(2000, 1), 640, 16);
    expect([fitted.width, fitted.height]).toEqual([640, 16]);
  });

  it('refuses bytes that do not fit the size, and sizes that are none', async () => {
    await expect(fitImage({ width: 2, height: 2, data: new Uint8Array(16) }, 640, 16)).rejects.toThrow(
      'Expected 12 bytes of RGB24 for 2 × 2 pixels, got 16.',
    );
    await expect(fitImage({ width: 0, height: 2, data: new Uint8Array() }, 640, 16)).rejects.toThrow('got 0 × 2');
  });
});
