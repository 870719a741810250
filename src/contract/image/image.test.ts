import { describe, expect, it } from 'vitest';
import { mutate, seededRandom } from '../fixtures/seeded-random.ts';
import { decodedPixels, TEST_IMAGES } from '../fixtures/test-images.ts';
import { MAX_IMAGE_BYTES, MAX_XMP_BYTES } from '../limits.ts';
import { RefusalError } from '../refusal.ts';
import { type ImageFormat, imageFormat, readImageHeader, readXmp, verifyImage, writeXmp } from './image.ts';

const PACKET = Buffer.from('<x:xmpmeta xmlns:x="adobe:ns:meta/">first</x:xmpmeta>');
const OTHER_PACKET = Buffer.from('<x:xmpmeta xmlns:x="adobe:ns:meta/">the second, of odd length</x:xmpmeta>');

/** The reason of a refusal, or undefined; any other error is a defect and is thrown on. */
async function refusalReason(bytes: Buffer): Promise<string | undefined> {
  try {
    await verifyImage(bytes);
    return undefined;
  } catch (error) {
    if (error instanceof RefusalError) return error.reason;
    throw error;
  }
}

describe.each(Object.entries(TEST_IMAGES))('%s', (name, make) => {
  const format = name.split(' ')[0] as ImageFormat;

  it('is recognised, measured and found whole', async () => {
    const image = await make();
    expect(imageFormat(image)).toBe(format);
    expect(readImageHeader(image)).toEqual({ format, width: 33, height: 21 });
    expect(await verifyImage(image)).toEqual({ format, width: 33, height: 21 });
  });

  it('carries a packet that changes no pixel, and only the last one that was written', async () => {
    const image = await make();
    const once = writeXmp(image, PACKET);
    const twice = writeXmp(once, OTHER_PACKET);
    const back = writeXmp(twice, PACKET);
    expect(readXmp(once)).toEqual(PACKET);
    expect(readXmp(twice)).toEqual(OTHER_PACKET);
    expect(twice.includes(PACKET)).toBe(false);
    expect(twice.includes('elsewhere')).toBe(false);
    expect(back).toEqual(once);
    const pixels = await decodedPixels(image);
    for (const copy of [once, twice]) {
      expect(await decodedPixels(copy)).toEqual(pixels);
      expect(await verifyImage(copy)).toEqual({ format, width: 33, height: 21 });
    }
  });

  it('leaves the bytes alone that it was given', async () => {
    const image = await make();
    const before = Buffer.from(image);
    writeXmp(image, PACKET)[40] = 0;
    expect(image).toEqual(before);
  });

  it('is refused when cut off anywhere, and has no packet that could be trusted half', async () => {
    const image = writeXmp(await make(), PACKET);
    for (let length = 0; length < image.length; length += 1) {
      const torn = image.subarray(0, length);
      expect(await refusalReason(torn), `cut at ${length}`).toMatch(/^(damaged|not-an-image)$/);
      expect([undefined, PACKET.toString()]).toContain(readXmp(torn)?.toString());
    }
  });

  it('never makes anything but a refusal out of 200 random mutations', async () => {
    const random = seededRandom(name.length * 7919 + name.charCodeAt(name.length - 1));
    const image = writeXmp(await make(), PACKET);
    for (let round = 0; round < 200; round += 1) {
      const mutated = mutate(image, random);
      const reason = await refusalReason(mutated);
      expect(await refusalReason(Buffer.from(mutated)), `round ${round}`).toBe(reason);
      readXmp(mutated);
      try {
        writeXmp(mutated, OTHER_PACKET);
      } catch (error) {
        expect(error).toBeInstanceOf(RefusalError);
      }
    }
  });
});

it.each<[string, Buffer]>([
  ['nothing', Buffer.alloc(0)],
  ['a text', Buffer.from('This is no picture, whatever its name.\n')],
  ['a GIF', Buffer.from('GIF89a\x01\0\x01\0\0\0\0;', 'latin1')],
  ['another RIFF', Buffer.from('RIFF\x04\0\0\0WAVE', 'latin1')],
  ['an SVG', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>')],
])('refuses %s as not an image', async (_, bytes) => {
  expect(imageFormat(bytes)).toBeUndefined();
  expect(await refusalReason(bytes)).toBe('not-an-image');
  expect(readXmp(bytes)).toBeUndefined();
  expect(() => writeXmp(bytes, PACKET)).toThrow(RefusalError);
});

it('refuses a file that is too large before it looks inside', async () => {
  expect(await refusalReason(Buffer.alloc(MAX_IMAGE_BYTES + 1))).toBe('too-large');
  expect(await refusalReason(Buffer.alloc(MAX_IMAGE_BYTES))).toBe('not-an-image');
});

it.each(['png rgb', 'jpeg baseline', 'webp lossy'])(
  'carries the largest packet in a %s, and not a larger one',
  async (name) => {
    const image = await TEST_IMAGES[name]?.();
    if (!image) throw new Error(`Expected a test image called ${name}`);
    const largest = Buffer.alloc(MAX_XMP_BYTES, ' ');
    const carrying = writeXmp(image, largest);
    expect(readXmp(carrying)).toEqual(largest);
    expect(await decodedPixels(carrying)).toEqual(await decodedPixels(image));
    expect(() => writeXmp(image, Buffer.alloc(MAX_XMP_BYTES + 1))).toThrow(/at most 65502 bytes, got 65503/);
  },
);
