import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ffmpeg, temporaryFolder } from '../../../../test/support/clips.ts';
import { partDescribe } from '../../../../test/support/parts.ts';
import { createLog } from '../../../platform/log.ts';
import { openSource } from '../sources/open-source.ts';
import { cutLuma, cutRgb } from './cut.ts';
import { isYuv, type YuvPicture } from './picture.ts';
import { yuvColour } from './yuv-to-rgb.ts';

const rgb = { width: 3, height: 2, data: Uint8Array.from({ length: 18 }, (_, i) => i * 10) };

describe('cutting RGB', () => {
  it('takes the rows of a part, and their luma', () => {
    expect([...cutRgb(rgb, { x: 1, y: 1, width: 2, height: 1 })]).toEqual([120, 130, 140, 150, 160, 170]);
    expect([...cutLuma(rgb, { x: 1, y: 1, width: 2, height: 1 })]).toEqual([128, 158]);
  });
});

partDescribe('ffmpeg', 'cutting a frame of video', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  beforeAll(async () => {
    folder = await temporaryFolder();
  });
  afterAll(() => folder.remove());

  /** The first frame as our sources give it, and as ffmpeg itself turns it into RGB. */
  async function both(name: string, coding: readonly string[], size: string) {
    const clip = join(folder.path, name);
    const raw = join(folder.path, `${name}.rgb`);
    await ffmpeg('-f', 'lavfi', '-i', `smptehdbars=s=${size}:r=5:d=0.4`, ...coding, clip);
    await ffmpeg('-i', clip, '-frames:v', '1', '-vf', 'format=rgb24', '-f', 'rawvideo', raw);
    const source = await openSource(clip, { pace: 'max', log: createLog({ level: 'silent', format: 'json' }) });
    for await (const frame of source.frames(new AbortController().signal)) {
      if (!isYuv(frame)) throw new Error('Expected luma and chroma');
      return { frame, expected: await readFile(raw) };
    }
    throw new Error('Expected a frame');
  }

  const h264 = (...tags: string[]) => ['-c:v', 'libx264', '-pix_fmt', 'yuv420p', '-qp', '0', ...tags];
  const difference = (frame: YuvPicture, expected: Buffer): number => {
    const found = cutRgb(frame, { x: 0, y: 0, width: frame.width, height: frame.height });
    expect(found.length).toBe(expected.length);
    return found.reduce((sum, value, i) => sum + Math.abs(value - (expected[i] ?? 0)), 0) / found.length;
  };

  it.each([
    ['untagged.mp4', h264(), '320x240', 1],
    ['bt709.mp4', h264('-colorspace', 'bt709', '-color_range', 'tv'), '320x240', 1],
    ['full-range.mp4', h264('-colorspace', 'bt709', '-color_range', 'pc'), '320x240', 1],
    ['motion-jpeg.avi', ['-c:v', 'mjpeg', '-q:v', '1'], '320x240', 1],
    // Of odd sizes ffmpeg blends chroma across the bars' borders.
    ['odd.avi', ['-c:v', 'mjpeg', '-q:v', '1'], '321x239', 2],
  ])('gives the colours of %s as ffmpeg does', async (name, coding, size, tolerance) => {
    const { frame, expected } = await both(name, coding, size);
    expect(difference(frame, expected)).toBeLessThan(tolerance);
  });

  it('would show in this comparison if it took the wrong matrix or range', async () => {
    const { frame, expected } = await both('tagged.mp4', h264('-colorspace', 'bt709', '-color_range', 'tv'), '320x240');
    expect(difference({ ...frame, colour: yuvColour('bt601', false) }, expected)).toBeGreaterThan(2);
    expect(difference({ ...frame, colour: yuvColour('bt709', true) }, expected)).toBeGreaterThan(2);
  });

  it('cuts any part, at odd places too, as it cuts the whole', async () => {
    const { frame } = await both('whole.mp4', h264(), '320x240');
    const whole = { width: 320, height: 240, data: cutRgb(frame, { x: 0, y: 0, width: 320, height: 240 }) };
    const part = { x: 101, y: 33, width: 57, height: 31 };
    expect(cutRgb(frame, part).equals(cutRgb(whole, part))).toBe(true);
    const luma = cutLuma(frame, part);
    const expected = cutLuma(whole, part);
    const worst = Math.max(...luma.map((value, i) => Math.abs(value - (expected[i] ?? 0))));
    expect(worst).toBeLessThanOrEqual(3);
  });
});
