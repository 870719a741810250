import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../../test/support/clips.ts';
import { collect } from '../../../../test/support/collect.ts';
import { createLog } from '../../../platform/log.ts';
import { openSource } from './open-source.ts';
import type { SourceOptions } from './source.ts';

const log = createLog({ level: 'silent', format: 'json' });
const never = new AbortController().signal;
const open = (spec: string, options: Partial<SourceOptions> = {}) => openSource(spec, { pace: 'max', log, ...options });
const red = (width: number, height: number) => sharp({ create: { width, height, channels: 3, background: 'red' } });

describe('a folder of images', () => {
  let root: Awaited<ReturnType<typeof temporaryFolder>>;
  let folder: string;
  let number = 0;

  beforeAll(async () => {
    root = await temporaryFolder();
  });
  beforeEach(async () => {
    number += 1;
    folder = join(root.path, String(number));
    await mkdir(folder);
  });
  afterAll(() => root.remove());

  it('shows PNG, JPEG and WebP in natural order, each a frame of its own', async () => {
    await red(30, 10).png().toFile(join(folder, 'shot10.PNG'));
    await red(20, 10).jpeg().toFile(join(folder, 'shot2.jpg'));
    await red(10, 10).webp({ lossless: true }).toFile(join(folder, 'shot1.webp'));
    await writeFile(join(folder, 'notes.txt'), 'not shown');
    const source = await open(folder, { fps: 2, ffmpegPath: 'no-ffmpeg-needed' });
    const frames = await collect(source.frames(never));
    const startMs = frames[0]?.capturedAt.getTime() ?? 0;
    expect(
      frames.map(({ width, index, cut, capturedAt }) => [width, index, cut, capturedAt.getTime() - startMs]),
    ).toEqual([
      [10, 0, true, 0],
      [20, 1, true, 500],
      [30, 2, true, 1000],
    ]);
    expect([...(frames[2]?.data.subarray(0, 3) ?? [])]).toEqual([255, 0, 0]);
  });

  it('turns images upright and makes RGB24 of grey, 16 bit, transparent and CMYK ones', async () => {
    const lying = await red(40, 20).withMetadata({ orientation: 6 }).jpeg().toBuffer();
    await writeFile(join(folder, 'a.jpg'), lying);
    await red(20, 40).greyscale().png().toFile(join(folder, 'b.png'));
    await red(20, 40).toColourspace('rgb16').png().toFile(join(folder, 'c.png'));
    await red(20, 40).ensureAlpha(0.5).png().toFile(join(folder, 'd.png'));
    await red(20, 40).toColourspace('cmyk').jpeg().toFile(join(folder, 'e.jpg'));
    const frames = await collect((await open(folder)).frames(never));
    expect(frames.map(({ width, height, data }) => [width, height, data.length])).toEqual(
      Array(5).fill([20, 40, 2400]),
    );
  });

  it('leaves out what is no image and what is too large, before decoding it, and counts them', async () => {
    await writeFile(join(folder, '1.png'), 'a text file named .png');
    await writeFile(join(folder, '2.png'), hugePng(30_000));
    await writeFile(join(folder, '3.png'), (await red(50, 50).png().toBuffer()).subarray(0, 60));
    await red(50, 50).png().toFile(join(folder, '4.png'));
    const before = process.memoryUsage().rss;
    const source = await open(folder);
    const frames = await collect(source.frames(never));
    expect(frames.map(({ index }) => index)).toEqual([3]);
    expect(source.counts).toEqual({ delivered: 1, dropped: 0, passedOver: 0, unreadable: 3 });
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * 2 ** 20);
  });

  it('plays one image per 1/fps in real time and drops none for a slow consumer', async () => {
    for (const n of [1, 2, 3])
      await red(10, 10)
        .png()
        .toFile(join(folder, `${n}.png`));
    const startedMs = performance.now();
    const source = await open(folder, { pace: 'realtime', fps: 4 });
    const indices = [];
    for await (const { index } of source.frames(never)) indices.push(index);
    expect(indices).toEqual([0, 1, 2]);
    expect(performance.now() - startedMs).toBeGreaterThan(490);
  });

  it('without any image, or any readable one, is an error', async () => {
    await expect(open(folder)).rejects.toMatchObject({
      code: 'source-empty',
      message: expect.stringContaining('Expected images'),
    });
    await writeFile(join(folder, '1.png'), 'a text file named .png');
    const reading = collect((await open(folder)).frames(never));
    await expect(reading).rejects.toMatchObject({
      code: 'source-empty',
      message: expect.stringContaining('got 1 that are not'),
    });
  });

  it('may be a single image; a text named .png or a huge one is refused at once', async () => {
    const [good, text, huge] = ['good.png', 'text.png', 'huge.png'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    await red(64, 48).png().toFile(good);
    await writeFile(text, 'a text file named .png');
    await writeFile(huge, hugePng(30_000));
    expect(await collect((await open(good)).frames(never))).toMatchObject([
      { width: 64, height: 48, index: 0, cut: true },
    ]);
    await expect(open(text)).rejects.toMatchObject({ code: 'source-unreadable', retryable: false });
    await expect(open(huge)).rejects.toMatchObject({
      code: 'source-too-large',
      message: expect.stringContaining('30000 × 30000'),
    });
  });

  it('is told apart from other paths, which are refused with words', async () => {
    const text = join(folder, 'notes.mp4');
    await writeFile(text, 'just words');
    await writeFile(join(folder, 'empty.mp4'), '');
    await expect(open(text)).rejects.toMatchObject({ code: 'source-not-video' });
    await expect(open(join(folder, 'empty.mp4'))).rejects.toMatchObject({ code: 'source-empty' });
    await expect(open(join(folder, 'gone.mp4'))).rejects.toMatchObject({
      code: 'source-missing',
      hint: expect.any(String),
    });
    await copyFile(text, join(folder, 'x.png'));
    await expect(open(`file://${folder}/x.png`)).rejects.toMatchObject({ code: 'source-unreadable' });
  });
});

/** A whole, valid PNG of side × side white pixels, 1 bit each, in about 110 KB. */
function hugePng(side: number): Buffer {
  const chunk = (type: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const [length, crc] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    crc.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, crc]);
  };
  const header = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0]);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  const rows = deflateSync(Buffer.alloc((Math.ceil(side / 8) + 1) * side));
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', rows), chunk('IEND', Buffer.alloc(0))]);
}
