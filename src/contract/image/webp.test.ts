import { expect, it } from 'vitest';
import { decodedPixels, pattern, TEST_IMAGES } from '../fixtures/test-images.ts';
import { readXmp, verifyImage, writeXmp } from './image.ts';

const PACKET = Buffer.from('<x:xmpmeta xmlns:x="adobe:ns:meta/"/>');

function chunk(type: string, data: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.write(type, 0, 'latin1');
  head.writeUInt32LE(data.length, 4);
  return Buffer.concat([head, data, Buffer.alloc(data.length & 1)]);
}

function riff(...chunks: Buffer[]): Buffer {
  const body = Buffer.concat([Buffer.from('WEBP'), ...chunks]);
  const head = Buffer.alloc(8);
  head.write('RIFF', 0, 'latin1');
  head.writeUInt32LE(body.length, 4);
  return Buffer.concat([head, body]);
}

function canvas(width: number, height: number): Buffer {
  const data = Buffer.alloc(10);
  data.writeUIntLE(width - 1, 4, 3);
  data.writeUIntLE(height - 1, 7, 3);
  return chunk('VP8X', data);
}

/** The chunks of an image, without the 12 bytes of the file's header. */
async function picture(lossless = false): Promise<Buffer> {
  return (await pattern(33, 21, 3).webp({ lossless }).toBuffer()).subarray(12);
}

it.each([
  ['webp lossy', 0x04],
  ['webp lossy alpha', 0x14],
  ['webp lossless', 0x04],
  ['webp lossless alpha', 0x14],
  ['webp animated', 0x06],
  ['webp with exif, icc, xmp', 0x2c],
])('gives a %s a header that names what is inside: flags %i', async (name, flags) => {
  const written = writeXmp((await TEST_IMAGES[name]?.()) ?? Buffer.alloc(0), PACKET);
  expect(written.toString('latin1', 12, 16)).toBe('VP8X');
  expect(written[20]).toBe(flags);
  expect(written.readUIntLE(24, 3) + 1).toBe(33);
  expect(written.readUIntLE(27, 3) + 1).toBe(21);
  expect(written.readUInt32LE(4) + 8).toBe(written.length);
});

it('finds the first partition of lossy data whole, or the image damaged', async () => {
  const image = riff(await picture());
  const bytes = image.readUInt32LE(16) - 10;
  const withPartition = (size: number) => {
    const copy = Buffer.from(image);
    copy.writeUIntLE((copy.readUIntLE(20, 3) & 0x1f) | (size << 5), 20, 3);
    return copy;
  };
  expect(await verifyImage(withPartition(bytes))).toMatchObject({ width: 33 });
  await expect(verifyImage(withPartition(bytes + 1))).rejects.toMatchObject({ reason: 'damaged' });
});

it('takes a chunk that reaches past the end of the file that the header names for damaged', async () => {
  const image = riff(await picture());
  const longer = Buffer.concat([image, Buffer.alloc(100)]);
  longer.writeUInt32LE(longer.readUInt32LE(16) + 4, 16);
  await expect(verifyImage(longer)).rejects.toMatchObject({ reason: 'damaged' });
});

it('takes a picture that is larger than its canvas for damaged: limits are held against the canvas', async () => {
  for (const lossless of [true, false]) {
    expect(await verifyImage(riff(canvas(33, 21), await picture(lossless)))).toMatchObject({ width: 33, height: 21 });
    await expect(verifyImage(riff(canvas(32, 21), await picture(lossless)))).rejects.toMatchObject({
      reason: 'damaged',
    });
    await expect(verifyImage(riff(canvas(33, 1), await picture(lossless)))).rejects.toMatchObject({
      reason: 'damaged',
    });
  }
});

it('refuses a canvas of 16,777,216 × 16,777,216', async () => {
  await expect(verifyImage(riff(canvas(2 ** 24, 2 ** 24), await picture()))).rejects.toMatchObject({
    reason: 'too-many-pixels',
  });
});

it.each<[string, Buffer]>([
  ['no chunks', riff()],
  ['a canvas alone', riff(canvas(33, 21))],
  ['a foreign first chunk', riff(chunk('ABCD', Buffer.alloc(10)))],
  ['a canvas of two bytes', riff(chunk('VP8X', Buffer.alloc(2)))],
  ['lossy data that is none', riff(chunk('VP8 ', Buffer.alloc(100)))],
  ['lossless data that is none', riff(canvas(33, 21), chunk('VP8L', Buffer.alloc(100)))],
  ['lossy data without its first partition', riff(chunk('VP8 ', Buffer.from('f0ff7f9d012a21001500', 'hex')))],
  ['no pixels', riff(chunk('VP8 ', Buffer.from('1000009d012a00001500', 'hex')))],
  ['a length past its end', Buffer.from('RIFF\xff\xff\xff\xffWEBP', 'latin1')],
])('takes a WebP with %s for damaged', async (_, image) => {
  await expect(verifyImage(image)).rejects.toMatchObject({ reason: 'damaged' });
});

it('passes over what follows the end, and drops it when it writes', async () => {
  const image = riff(await picture());
  const longer = Buffer.concat([image, Buffer.from('and more')]);
  expect(await verifyImage(longer)).toMatchObject({ width: 33 });
  expect(writeXmp(longer, PACKET)).toEqual(writeXmp(image, PACKET));
});

it('keeps chunks that nobody knows, also of odd length', async () => {
  const image = riff(
    canvas(33, 21),
    await picture(),
    chunk('ABCD', Buffer.from('odd')),
    chunk('EFGH', Buffer.from('even')),
  );
  const written = writeXmp(image, PACKET);
  expect(written.includes(chunk('ABCD', Buffer.from('odd')))).toBe(true);
  expect(readXmp(written)).toEqual(PACKET);
  expect((await decodedPixels(written)).data).toEqual((await decodedPixels(image)).data);
});

it('goes through four million empty chunks without keeping them', async () => {
  const image = riff(canvas(33, 21), await picture(), Buffer.alloc(32_000_000, chunk('ABCD', Buffer.alloc(0))));
  const before = process.memoryUsage().rss;
  expect(await verifyImage(image)).toMatchObject({ width: 33 });
  expect((process.memoryUsage().rss - before) / 2 ** 20).toBeLessThan(128);
});
