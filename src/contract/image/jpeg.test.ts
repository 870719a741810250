import { expect, it } from 'vitest';
import { decodedPixels, pattern, TEST_IMAGES } from '../fixtures/test-images.ts';
import { readImageHeader, readXmp, verifyImage, writeXmp } from './image.ts';

const PACKET = Buffer.from('<x:xmpmeta xmlns:x="adobe:ns:meta/"/>');

function segment(marker: number, data: Buffer): Buffer {
  const head = Buffer.of(0xff, marker, 0, 0);
  head.writeUInt16BE(data.length + 2, 2);
  return Buffer.concat([head, data]);
}

/** The image with these bytes right behind its SOI. */
function withFront(image: Buffer, ...front: Buffer[]): Buffer {
  return Buffer.concat([image.subarray(0, 2), ...front, image.subarray(2)]);
}

it('leaves JFIF and Exif in front of the packet, where their readers want them', async () => {
  const image = writeXmp((await TEST_IMAGES['jpeg with exif, icc, xmp']?.()) ?? Buffer.alloc(0), PACKET);
  const [exif, xmp, icc] = ['Exif\0', 'http://ns.adobe.com/xap/1.0/\0', 'ICC_PROFILE\0'].map((name) =>
    image.indexOf(name, 0, 'latin1'),
  );
  expect(exif).toBeGreaterThan(0);
  expect(xmp).toBeGreaterThan(exif ?? 0);
  expect(icc).toBeGreaterThan(xmp ?? 0);
});

it('takes out every other packet, its extension too, wherever they stand', async () => {
  const foreign = (name: string) => segment(0xe1, Buffer.from(`${name}\0<foreign/>`, 'latin1'));
  const plain = await pattern(33, 21, 3).jpeg().toBuffer();
  const image = withFront(
    plain,
    foreign('http://ns.adobe.com/xap/1.0/'),
    foreign('http://ns.adobe.com/xmp/extension/'),
    segment(0xfe, Buffer.from('a comment')),
    foreign('http://ns.adobe.com/xap/1.0/'),
  );
  const written = writeXmp(image, PACKET);
  expect(readXmp(written)).toEqual(PACKET);
  expect(written.includes('<foreign/>')).toBe(false);
  expect(written.includes('a comment')).toBe(true);
  expect(await decodedPixels(written)).toEqual(await decodedPixels(plain));
});

it('passes over fill bytes before a marker', async () => {
  const image = withFront(await pattern(33, 21, 3).jpeg().toBuffer(), Buffer.alloc(7, 0xff));
  expect(await verifyImage(image)).toEqual({ format: 'jpeg', width: 33, height: 21 });
  expect(await decodedPixels(writeXmp(image, PACKET))).toEqual(await decodedPixels(image));
});

it('reads the size of the picture, not of a thumbnail before it', async () => {
  const thumbnail = await pattern(9, 9, 3).jpeg().toBuffer();
  const image = withFront(
    await pattern(33, 21, 3).jpeg().toBuffer(),
    segment(0xe1, Buffer.concat([Buffer.from('Exif\0\0'), thumbnail])),
  );
  expect(readImageHeader(image)).toEqual({ format: 'jpeg', width: 33, height: 21 });
  await expect(verifyImage(image.subarray(0, -2))).rejects.toMatchObject({ reason: 'damaged' });
});

it.each([
  ['Huffman tables', 0xc4],
  ['a reserved segment', 0xc8],
  ['arithmetic conditioning', 0xcc],
])('does not take %s for a frame header', async (_, marker) => {
  const image = withFront(await pattern(33, 21, 3).jpeg().toBuffer(), segment(marker, Buffer.alloc(17)));
  expect(readImageHeader(image)).toEqual({ format: 'jpeg', width: 33, height: 21 });
});

it('refuses 65,535 × 65,535 by its header', () => {
  const frame = segment(0xc0, Buffer.from('08ffffffff03011100021100031100', 'hex'));
  const image = Buffer.concat([Buffer.of(0xff, 0xd8), frame]);
  expect(() => readImageHeader(image)).toThrow(expect.objectContaining({ reason: 'too-many-pixels' }));
});

it.each<[string, string]>([
  ['no height', 'ffd8ffc0000b080000001001011100'],
  ['a frame header of two bytes', 'ffd8ffc000040801ffd9'],
  ['no frame header', 'ffd8ffda0002ffd9'],
  ['an end right after its beginning', 'ffd8ffd9'],
  ['a segment shorter than its length', 'ffd8ffe00001ffd9ffd9'],
  ['nothing but fill bytes', `ffd8${'ff'.repeat(1000)}`],
])('takes a JPEG with %s for damaged', async (_, hex) => {
  await expect(verifyImage(Buffer.from(hex, 'hex'))).rejects.toMatchObject({ reason: 'damaged' });
});

it('goes through eight million empty segments without keeping them', async () => {
  const image = withFront(await pattern(33, 21, 3).jpeg().toBuffer(), Buffer.alloc(32_000_000, 'ffe50002', 'hex'));
  const before = process.memoryUsage().rss;
  expect(await verifyImage(image)).toEqual({ format: 'jpeg', width: 33, height: 21 });
  expect((process.memoryUsage().rss - before) / 2 ** 20).toBeLessThan(128);
});
