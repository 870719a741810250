import { describe, expect, it } from 'vitest';
import type { Picture } from '../picture/picture.ts';
import { yuvColour } from '../picture/yuv-to-rgb.ts';
import { NetworkInput, type NetworkInputOptions, type PreparedInput } from './network-input.ts';

const OPTIONS: NetworkInputOptions = { maxSide: 640, sideMultiple: 16, order: 'rgb' };

async function prepare(picture: Picture, options = OPTIONS): Promise<PreparedInput> {
  const input = new NetworkInput(options);
  const prepared = await input.prepare(picture);
  await input.close();
  return prepared;
}

const noise = (width: number, height: number) => ({
  width,
  height,
  data: Uint8Array.from({ length: width * height * 3 }, (_, i) => 1 + ((i * 7) % 250)),
});

/** A slope of red across and of green down, as RGB or as I420 of the same colours. */
function slopes(width: number, height: number, layout: 'rgb' | 'yuv'): Picture {
  const red = (x: number) => (x * 255) / (width - 1);
  const green = (y: number) => (y * 255) / (height - 1);
  if (layout === 'rgb') {
    const data = new Uint8Array(width * height * 3);
    for (let i = 0; i < width * height; i++) data.set([red(i % width), green(Math.floor(i / width)), 0], i * 3);
    return { width, height, data };
  }
  const colour = yuvColour('bt709', true);
  const [w, h] = [Math.ceil(width / 2), Math.ceil(height / 2)];
  const data = new Uint8Array(width * height + 2 * w * h);
  const luma = (x: number, y: number) => colour.kr * red(x) + (1 - colour.kr - colour.kb) * green(y);
  for (let i = 0; i < width * height; i++) data[i] = Math.round(luma(i % width, Math.floor(i / width)));
  for (let i = 0; i < w * h; i++) {
    const [x, y] = [2 * (i % w) + 0.5, 2 * Math.floor(i / w) + 0.5];
    data[width * height + i] = Math.round(128 - luma(x, y) / (2 * (1 - colour.kb)));
    data[width * height + w * h + i] = Math.round(128 + (red(x) - luma(x, y)) / (2 * (1 - colour.kr)));
  }
  return { width, height, data, colour };
}

describe('NetworkInput', () => {
  it('never enlarges, and pads on the right and at the bottom with black', async () => {
    const image = noise(20, 10);
    const { planes, paddedWidth, paddedHeight, scaleX, scaleY } = await prepare(image);
    expect([paddedWidth, paddedHeight, scaleX, scaleY]).toEqual([32, 16, 1, 1]);
    for (let y = 0; y < 16; y++) {
      for (let x = 0; x < 32; x++) {
        const expected = x < 20 && y < 10 ? image.data[(y * 20 + x) * 3] : 0;
        expect(planes[y * 32 + x]).toBe(expected);
      }
    }
  });

  it('gives the planes in the order that the network wants', async () => {
    const image = { width: 16, height: 16, data: Uint8Array.from({ length: 768 }, (_, i) => [10, 20, 30][i % 3] ?? 0) };
    const { planes } = await prepare(image, { ...OPTIONS, order: 'bgr' });
    expect([planes[0], planes[256], planes[512]]).toEqual([30, 20, 10]);
  });

  it.each([
    ['rgb', 1024, 683],
    ['yuv', 1024, 683],
    ['rgb', 1280, 720],
    ['yuv', 1280, 720],
    ['yuv', 1920, 1080],
    ['yuv', 2561, 1441],
    ['yuv', 480, 271],
  ] as const)('shrinks %s %d × %d to the limit, and neither shifts nor stretches', async (layout, width, height) => {
    const { planes, scaleX, scaleY, ...fit } = await prepare(slopes(width, height, layout));
    expect(Math.max(fit.width, fit.height)).toBe(Math.min(640, width));
    const area = fit.paddedWidth * fit.paddedHeight;
    for (const [u, v] of [
      [0.05, 0.05],
      [0.5, 0.25],
      [0.2, 0.7],
      [0.95, 0.95],
    ] as const) {
      const [x, y] = [Math.floor(u * fit.width), Math.floor(v * fit.height)];
      const at = y * fit.paddedWidth + x;
      expect(Math.abs((planes[at] ?? 0) - (((x + 0.5) * scaleX - 0.5) * 255) / (width - 1))).toBeLessThan(2.5);
      expect(Math.abs((planes[area + at] ?? 0) - (((y + 0.5) * scaleY - 0.5) * 255) / (height - 1))).toBeLessThan(2.5);
    }
    const below = planes.subarray(fit.height * fit.paddedWidth, area);
    expect(below.every((value) => value === 0)).toBe(true);
  });

  it('shrinks portraits by their height', async () => {
    const { paddedWidth, paddedHeight, scaleX } = await prepare(noise(720, 1280));
    expect([paddedWidth, paddedHeight, scaleX]).toEqual([368, 640, 2]);
  });

  it('keeps a very long strip at least a pixel wide', async () => {
    const { paddedWidth, paddedHeight } = await prepare(noise(2000, 1));
    expect([paddedWidth, paddedHeight]).toEqual([640, 16]);
  });

  it('refuses bytes that do not fit the size, and sizes that are none', async () => {
    await expect(prepare({ width: 2, height: 2, data: new Uint8Array(16) })).rejects.toThrow(
      'Expected 12 bytes of RGB24 for 2 × 2 pixels, got 16.',
    );
    await expect(
      prepare({ width: 3, height: 3, data: new Uint8Array(16), colour: yuvColour('bt709', false) }),
    ).rejects.toThrow('Expected 17 bytes of I420 for 3 × 3 pixels, got 16.');
    await expect(prepare({ width: 0, height: 2, data: new Uint8Array() })).rejects.toThrow('got 0 × 2');
  });
});
