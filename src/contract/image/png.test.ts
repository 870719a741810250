import { deflateSync, inflateSync } from 'node:zlib';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { handMadePng, pngHeaderChunk, zeroPixels } from '../fixtures/png-parts.ts';
import { pattern, TEST_IMAGES } from '../fixtures/test-images.ts';
import { MAX_XMP_BYTES } from '../limits.ts';
import { RefusalError } from '../refusal.ts';
import { readXmp, verifyImage, writeXmp } from './image.ts';
import { pngChunk } from './png-chunk.ts';
import { inflatedPngBytes } from './png-inflate.ts';
import { pngScanlineBytes } from './png-scanlines.ts';

const KEYWORD = Buffer.from('XML:com.adobe.xmp\0', 'latin1');
const PACKET = Buffer.from('<x:xmpmeta xmlns:x="adobe:ns:meta/"/>');
const PIXELS_10_BY_10 = 10 * 11;

async function reasonOf(bytes: Buffer): Promise<string | undefined> {
  return verifyImage(bytes).then(
    () => undefined,
    (error) => {
      if (error instanceof RefusalError) return error.reason;
      throw error;
    },
  );
}

/** Resident memory that a piece of work takes on top of what there was, in MiB. */
async function growthMiB(work: () => Promise<unknown>): Promise<number> {
  const before = process.memoryUsage().rss;
  let highest = before;
  const watch = setInterval(() => {
    highest = Math.max(highest, process.memoryUsage().rss);
  }, 5);
  await work();
  clearInterval(watch);
  return (Math.max(highest, process.memoryUsage().rss) - before) / 2 ** 20;
}

it('finds every single flipped bit', async () => {
  const image = writeXmp(await pattern(7, 5, 3).png().toBuffer(), PACKET);
  for (let bit = 0; bit < image.length * 8; bit += 1) {
    const flipped = Buffer.from(image);
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    expect(await reasonOf(flipped), `bit ${bit}`).toMatch(bit < 64 ? /^not-an-image$/ : /^(damaged|too-many-pixels)$/);
  }
});

it('refuses a header that claims 30,000 × 30,000 pixels at once', async () => {
  const image = handMadePng({ width: 30_000, height: 30_000, colour: 6 }, zeroPixels(1000));
  expect(await growthMiB(async () => expect(await reasonOf(image)).toBe('too-many-pixels'))).toBeLessThan(16);
  const widest = handMadePng({ width: 2 ** 32 - 1, height: 2 ** 32 - 1 }, zeroPixels(1000));
  expect(await reasonOf(widest)).toBe('too-many-pixels');
});

it('inflates 100 million pixels without keeping them', async () => {
  const image = handMadePng({ width: 9_999, height: 9_999 }, zeroPixels(9_999 * 10_000));
  expect(image.length).toBeLessThan(200_000);
  expect(await growthMiB(async () => expect(await reasonOf(image)).toBeUndefined())).toBeLessThan(64);
});

it('stops at the size that the header says when the data inflates to far more', async () => {
  const bomb = deflateSync(Buffer.alloc(300_000_000));
  const image = handMadePng({ width: 10, height: 10 }, pngChunk('IDAT', bomb));
  expect(await growthMiB(async () => expect(await reasonOf(image)).toBeUndefined())).toBeLessThan(32);
  expect(await inflatedPngBytes(bomb, PIXELS_10_BY_10)).toBeLessThan(1_000_000);
});

it('spends no more memory on a file of two million tiny chunks than on one large one', async () => {
  const tiny = pngChunk('IDAT');
  const many = Buffer.alloc(tiny.length * 2_000_000, tiny);
  const image = handMadePng({ width: 10, height: 10 }, many, zeroPixels(PIXELS_10_BY_10));
  expect(await growthMiB(async () => expect(await reasonOf(image)).toBeUndefined())).toBeLessThan(128);
});

it('joins pixel data that is cut into chunks anywhere, and ends where it ends', async () => {
  const data = deflateSync(Buffer.alloc(PIXELS_10_BY_10));
  const shape = { width: 10, height: 10 };
  const parts = [...data].map((byte) => pngChunk('IDAT', Buffer.of(byte)));
  expect(await reasonOf(handMadePng(shape, ...parts))).toBeUndefined();
  expect(await reasonOf(handMadePng(shape, ...parts.slice(0, -1)))).toBe('damaged');
  expect(await reasonOf(handMadePng(shape, ...parts, pngChunk('IDAT', Buffer.from('and more'))))).toBeUndefined();
  expect(await reasonOf(Buffer.concat([handMadePng(shape, ...parts), Buffer.from('and more')]))).toBeUndefined();
});

it.each<[string, Buffer]>([
  ['no pixel data', handMadePng({ width: 10, height: 10 })],
  ['a row too few', handMadePng({ width: 10, height: 10 }, zeroPixels(PIXELS_10_BY_10 - 11))],
  ['a byte too few', handMadePng({ width: 10, height: 10 }, zeroPixels(PIXELS_10_BY_10 - 1))],
  ['pixel data that is not zlib', handMadePng({ width: 10, height: 10 }, pngChunk('IDAT', Buffer.alloc(200, 7)))],
  ['no width', handMadePng({ width: 0, height: 10 }, zeroPixels(100))],
  ['no height', handMadePng({ width: 10, height: 0 }, zeroPixels(100))],
  ['colour type 5', handMadePng({ width: 10, height: 10, colour: 5 }, zeroPixels(PIXELS_10_BY_10))],
  ['3 bits', handMadePng({ width: 10, height: 10, depth: 3 }, zeroPixels(PIXELS_10_BY_10))],
  ['4 bits of red', handMadePng({ width: 10, height: 10, depth: 4, colour: 2 }, zeroPixels(PIXELS_10_BY_10 * 2))],
  ['interlace method 2', handMadePng({ width: 10, height: 10, interlace: 2 }, zeroPixels(PIXELS_10_BY_10 * 2))],
  ['no header', Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), zeroPixels(PIXELS_10_BY_10), pngChunk('IEND')])],
  ['a signature alone', Buffer.from('89504e470d0a1a0a', 'hex')],
  ['no end', Buffer.concat([handMadePng({ width: 10, height: 10 }, zeroPixels(PIXELS_10_BY_10)).subarray(0, -12)])],
  ['a chunk that claims 4 GB', handMadePng({ width: 10, height: 10 }, Buffer.from('ffffffff49444154', 'hex'))],
])('takes a PNG with %s for damaged', async (_, image) => {
  expect(await reasonOf(image)).toBe('damaged');
});

it('counts interlaced rows as a decoder does, for every size up to 9 × 9', async () => {
  for (let width = 1; width <= 9; width += 1) {
    for (let height = 1; height <= 9; height += 1) {
      const image = await pattern(width, height, 3).png({ progressive: true }).toBuffer();
      const data = inflateSync(image.subarray(image.indexOf('IDAT') + 4, image.indexOf('IEND') - 8));
      const shape = { width, height, colour: 2, interlace: 1 };
      expect(pngScanlineBytes(pngHeaderChunk(shape).subarray(8)), `${width} × ${height}`).toBe(data.length);
      expect(await reasonOf(image)).toBeUndefined();
      expect(await reasonOf(handMadePng(shape, pngChunk('IDAT', deflateSync(data.subarray(1)))))).toBe('damaged');
    }
  }
});

it('reads a compressed packet, a zTXt one as libvips writes them, and one with a language', async () => {
  const image = (await TEST_IMAGES['png with exif, icc, xmp']?.()) ?? Buffer.alloc(0);
  expect(image.includes('elsewhere')).toBe(false);
  expect(readXmp(image)?.toString()).toContain('elsewhere');
  const compressed = Buffer.concat([KEYWORD, Buffer.from('\x01\0\0\0', 'latin1'), deflateSync(PACKET)]);
  expect(readXmp(handMadePng({ width: 1, height: 1 }, pngChunk('iTXt', compressed), zeroPixels(2)))).toEqual(PACKET);
  const text = Buffer.concat([KEYWORD, Buffer.from('\0\0en\0Metadata\0', 'latin1'), PACKET]);
  expect(readXmp(handMadePng({ width: 1, height: 1 }, pngChunk('iTXt', text), zeroPixels(2)))).toEqual(PACKET);
});

it('finds and replaces a packet that stands after the pixels', async () => {
  const text = pngChunk('iTXt', Buffer.concat([KEYWORD, Buffer.alloc(4), PACKET]));
  const image = handMadePng({ width: 1, height: 1 }, zeroPixels(2), text);
  expect(readXmp(image)).toEqual(PACKET);
  const changed = writeXmp(image, Buffer.from('<other/>'));
  expect(readXmp(changed)?.toString()).toBe('<other/>');
  expect(changed.includes(PACKET)).toBe(false);
});

it.each<[string, Buffer]>([
  ['breaks off after its keyword', KEYWORD],
  ['breaks off in its language', Buffer.concat([KEYWORD, Buffer.from('\0\0en', 'latin1')])],
  ['is not zlib', Buffer.concat([KEYWORD, Buffer.from('\x01\0\0\0no', 'latin1')])],
  [
    'inflates past the limit',
    Buffer.concat([KEYWORD, Buffer.from('\x01\0\0\0', 'latin1'), deflateSync(Buffer.alloc(MAX_XMP_BYTES + 1))]),
  ],
])('sees no packet in a text that %s', (_, data) => {
  expect(readXmp(handMadePng({ width: 1, height: 1 }, pngChunk('iTXt', data), zeroPixels(2)))).toBeUndefined();
});

it('writes the packet right after the header, where scanners look first', async () => {
  const image = writeXmp(
    await sharp(await pattern(5, 5, 3).png().toBuffer())
      .png()
      .toBuffer(),
    PACKET,
  );
  const headerEnd = 8 + pngHeaderChunk({ width: 5, height: 5 }).length;
  expect(image.toString('latin1', headerEnd + 4, headerEnd + 25)).toBe('iTXtXML:com.adobe.xmp');
});
