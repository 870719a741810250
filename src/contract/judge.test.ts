import { describe, expect, it } from 'vitest';
import { embedMetadata } from './capture-metadata.ts';
import { handMadePng, zeroPixels } from './fixtures/png-parts.ts';
import { sampleMetadata } from './fixtures/sample-metadata.ts';
import { pattern } from './fixtures/test-images.ts';
import { readXmp, writeXmp } from './image/image.ts';
import { judge } from './judge.ts';
import { MAX_IMAGE_BYTES } from './limits.ts';
import { REFUSAL_REASONS, RefusalError, type RefusalReason } from './refusal.ts';
import { captureTopic } from './topics.ts';

const PREFIX = 'face_detection';
const METADATA = sampleMetadata();
const ADDRESS = { device: METADATA.device, camera: METADATA.camera, id: METADATA.id };
const TOPIC = captureTopic(PREFIX, ADDRESS);
const FACE = await pattern(40, 30, 3).png().toBuffer();
const CAPTURE = embedMetadata(FACE, METADATA);
const HEADER = { format: 'png', width: 40, height: 30 };

/** Messages that are refused, by name. */
const REFUSED: readonly (readonly [string, RefusalReason, string, Buffer])[] = [
  ['a text called .png', 'not-an-image', TOPIC, Buffer.from('just text')],
  ['nothing at all', 'not-an-image', PREFIX, Buffer.alloc(0)],
  ['33 million bytes', 'too-large', PREFIX, Buffer.alloc(MAX_IMAGE_BYTES + 1)],
  ['30,000 × 30,000 pixels', 'too-many-pixels', PREFIX, handMadePng({ width: 30_000, height: 30_000 }, zeroPixels(9))],
  ['half a capture', 'damaged', TOPIC, CAPTURE.subarray(0, CAPTURE.length / 2)],
  ['half a bare image', 'damaged', PREFIX, FACE.subarray(0, FACE.length - 1)],
  ['a topic that climbs', 'bad-topic', `${PREFIX}/../captures/door/${ADDRESS.id}`, CAPTURE],
  ['a topic of 64 KB', 'bad-topic', `${PREFIX}/${'a'.repeat(65_000)}`, CAPTURE],
  ['a picture among receipts', 'bad-topic', `${PREFIX}/gate-3/receipts`, CAPTURE],
  ['an id that is none', 'not-a-uuidv7', captureTopic(PREFIX, { ...ADDRESS, id: 'face' }), CAPTURE],
  ["another device's topic", 'metadata-disagrees', captureTopic(PREFIX, { ...ADDRESS, device: 'gate-4' }), CAPTURE],
  ["another camera's topic", 'metadata-disagrees', captureTopic(PREFIX, { ...ADDRESS, camera: 'yard' }), CAPTURE],
  [
    "another capture's topic",
    'metadata-disagrees',
    captureTopic(PREFIX, { ...ADDRESS, id: '01981f3a-7c00-7abc-8def-000000000000' }),
    CAPTURE,
  ],
  ['metadata without an id', 'metadata-disagrees', TOPIC, edited(/<sightline:id>.*?<\/sightline:id>\n/, '')],
  ['metadata with two ids', 'metadata-disagrees', TOPIC, edited(/<sightline:id>.*?<\/sightline:id>/, '$&$&')],
];

/** The capture with its packet changed. */
function edited(from: RegExp, to: string): Buffer {
  const packet = readXmp(CAPTURE)?.toString('utf8') ?? '';
  if (!from.test(packet)) throw new Error(`Expected ${from} in the packet`);
  return writeXmp(CAPTURE, Buffer.from(packet.replace(from, to)));
}

async function answer(topic: string, bytes: Buffer): Promise<unknown> {
  return judge(PREFIX, topic, bytes).catch((error) => {
    if (error instanceof RefusalError) return { reason: error.reason, message: error.message };
    throw error;
  });
}

it('takes a capture, with the address of its topic', async () => {
  expect(await judge(PREFIX, TOPIC, CAPTURE)).toEqual({ header: HEADER, address: ADDRESS });
});

it('takes an image without metadata on the topic of a capture: simple cameras may publish there', async () => {
  expect(await judge(PREFIX, TOPIC, FACE)).toEqual({ header: HEADER, address: ADDRESS });
});

it('takes a bare image, also one that carries metadata', async () => {
  expect(await judge(PREFIX, PREFIX, FACE)).toEqual({ header: HEADER, address: undefined });
  expect(await judge(PREFIX, PREFIX, CAPTURE)).toEqual({ header: HEADER, address: undefined });
});

it('takes a capture of a newer version: who it is has not changed', async () => {
  const newer = edited(/<sightline:version>1</, '<sightline:version>2<');
  const identityOnly = edited(
    /<sightline:capturedAt>(.|\n)*<\/sightline:seq>/,
    '<sightline:shape>new</sightline:shape>',
  );
  expect(await judge(PREFIX, TOPIC, newer)).toEqual({ header: HEADER, address: ADDRESS });
  expect(await judge(PREFIX, TOPIC, identityOnly)).toEqual({ header: HEADER, address: ADDRESS });
});

it('takes a capture whose metadata breaks the schema elsewhere: that is for its readers to say', async () => {
  expect(await judge(PREFIX, TOPIC, edited(/<sightline:score>.*?</, '<sightline:score>high<'))).toEqual({
    header: HEADER,
    address: ADDRESS,
  });
});

describe.each(REFUSED)('%s', (_, reason, topic, bytes) => {
  it(`is refused: ${reason}`, async () => {
    expect(await answer(topic, bytes)).toMatchObject({ reason });
  });

  it('gets the same answer again, from other memory, and leaves the bytes as they were', async () => {
    const before = Buffer.from(bytes);
    const first = await answer(topic, bytes);
    expect(await answer(topic, Buffer.from(bytes))).toEqual(first);
    expect(bytes.equals(before)).toBe(true);
  });
});

it('can come to every reason but the one that only a store can see', () => {
  const reached = new Set(REFUSED.map(([, reason]) => reason));
  expect(REFUSAL_REASONS.filter((reason) => !reached.has(reason))).toEqual(['conflict']);
});

it('judges each of many at once as if it were alone', async () => {
  const good = Array.from({ length: REFUSED.length }, () => answer(TOPIC, CAPTURE));
  const bad = REFUSED.map(([, , topic, bytes]) => answer(topic, bytes));
  for (const verdict of await Promise.all(good)) expect(verdict).toEqual({ header: HEADER, address: ADDRESS });
  expect(await Promise.all(bad)).toMatchObject(REFUSED.map(([, reason]) => ({ reason })));
});
