import { crc32, deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { embedMetadata } from './capture-metadata.ts';
import { handMadePng, zeroPixels } from './fixtures/png-parts.ts';
import { sampleMetadata } from './fixtures/sample-metadata.ts';
import { mutate, seededRandom } from './fixtures/seeded-random.ts';
import { pattern, TEST_IMAGES } from './fixtures/test-images.ts';
import { pngChunk } from './image/png-chunk.ts';
import { judge, judgeByHeader } from './judge.ts';
import { MAX_IMAGE_BYTES } from './limits.ts';
import { BARE_CAMERA } from './names.ts';
import { RefusalError, type RefusalReason } from './refusal.ts';
import { captureTopic } from './topics.ts';

const PREFIX = 'face_detection';
const METADATA = sampleMetadata();
const ADDRESS = { device: METADATA.device, camera: METADATA.camera, id: METADATA.id };
const TOPIC = captureTopic(PREFIX, ADDRESS);
const OTHER_TOPIC = captureTopic(PREFIX, { ...ADDRESS, device: 'gate-4' });
const FACE = await pattern(40, 30, 3).png().toBuffer();
const CAPTURE = embedMetadata(FACE, METADATA);
const HEADER = { format: 'png', width: 40, height: 30 };
/** More pixels than are inflated at once. */
const LARGE = embedMetadata(await pattern(400, 300, 3).png().toBuffer(), METADATA);

/** What a judgement comes to: the image, or why there is none. Anything else that is thrown is a defect. */
async function outcome(judgement: () => unknown): Promise<unknown> {
  try {
    return await judgement();
  } catch (error) {
    if (error instanceof RefusalError) return { reason: error.reason, message: error.message };
    throw error;
  }
}

/** The judgement by header, which must not contradict the whole one. */
async function agreed(topic: string, bytes: Buffer, about: string): Promise<unknown> {
  const byHeader = await outcome(() => judgeByHeader(PREFIX, topic, bytes));
  const whole = await outcome(() => judge(PREFIX, topic, bytes));
  if (isRefusal(byHeader)) expect(byHeader, about).toEqual(whole);
  else if (!isRefusal(whole)) expect(byHeader, about).toMatchObject(whole as object);
  return byHeader;
}

function isRefusal(answer: unknown): boolean {
  return typeof answer === 'object' && answer !== null && 'reason' in answer;
}

/** A PNG whose checksums are right again after something was done to it, as far as its chunks can be followed. */
function withChecksums(png: Buffer): Buffer {
  const bytes = Buffer.from(png);
  for (let start = 8; start + 12 <= bytes.length; ) {
    const end = start + 12 + bytes.readUInt32BE(start);
    if (end > bytes.length) break;
    bytes.writeUInt32BE(crc32(bytes.subarray(start + 4, end - 4)), end - 4);
    start = end;
  }
  return bytes;
}

it('tells header, address and facts of a capture at once', () => {
  const { capturedAt, traceparent, run, seq, quality } = METADATA;
  const facts = { ...ADDRESS, capturedAt, traceparent, run, seq, quality: quality.overall };
  expect(judgeByHeader(PREFIX, TOPIC, CAPTURE)).toEqual({ header: HEADER, address: ADDRESS, facts });
});

it('tells no facts of an image without metadata', () => {
  expect(judgeByHeader(PREFIX, TOPIC, FACE)).toEqual({ header: HEADER, address: ADDRESS, facts: undefined });
  expect(judgeByHeader(PREFIX, PREFIX, FACE)).toEqual({ header: HEADER, address: undefined, facts: undefined });
});

it('tells no facts of the earlier life of a bare image', () => {
  const bare = { ...ADDRESS, camera: BARE_CAMERA };
  expect(judgeByHeader(PREFIX, PREFIX, CAPTURE).facts).toBeUndefined();
  expect(judgeByHeader(PREFIX, captureTopic(PREFIX, bare), CAPTURE)).toEqual({
    header: HEADER,
    address: bare,
    facts: undefined,
  });
});

it.each<[string, RefusalReason, string, Buffer]>([
  ['a text', 'not-an-image', TOPIC, Buffer.from('just text')],
  ['33 million bytes', 'too-large', PREFIX, Buffer.alloc(MAX_IMAGE_BYTES + 1)],
  ['30,000 × 30,000 pixels', 'too-many-pixels', PREFIX, handMadePng({ width: 30_000, height: 30_000 }, zeroPixels(9))],
  ['a picture without pixels', 'damaged', TOPIC, handMadePng({ width: 0, height: 5 }, zeroPixels(9))],
  ['a topic that climbs', 'bad-topic', `${PREFIX}/../captures/door/${ADDRESS.id}`, CAPTURE],
  ['a picture among receipts', 'bad-topic', `${PREFIX}/gate-3/receipts`, CAPTURE],
  ['an id that is none', 'not-a-uuidv7', captureTopic(PREFIX, { ...ADDRESS, id: 'face' }), CAPTURE],
  ["another device's topic", 'metadata-disagrees', OTHER_TOPIC, CAPTURE],
  ["another camera's topic", 'metadata-disagrees', captureTopic(PREFIX, { ...ADDRESS, camera: 'yard' }), CAPTURE],
])('refuses %s: %s', async (about, reason, topic, bytes) => {
  expect(await agreed(topic, bytes, about)).toMatchObject({ reason });
});

it('says of what disagrees and is damaged that it is damaged, as judge does', async () => {
  const torn = CAPTURE.subarray(0, -1);
  expect(await agreed(OTHER_TOPIC, torn, 'torn')).toMatchObject({ reason: 'damaged' });
  const pixelless = embedMetadata(handMadePng({ width: 9, height: 9 }, pngChunk('IDAT', deflateSync(FACE))), METADATA);
  expect(await agreed(OTHER_TOPIC, pixelless, 'enough')).toMatchObject({ reason: 'metadata-disagrees' });
  const tooFew = embedMetadata(handMadePng({ width: 9, height: 9 }, zeroPixels(8)), METADATA);
  expect(await agreed(OTHER_TOPIC, tooFew, 'too few')).toMatchObject({ reason: 'damaged' });
});

it('leaves a large picture that disagrees to the next judge, and believes nothing that it says', async () => {
  expect(await agreed(OTHER_TOPIC, LARGE, 'large')).toMatchObject({ facts: undefined });
  expect(await outcome(() => judge(PREFIX, OTHER_TOPIC, LARGE))).toMatchObject({ reason: 'metadata-disagrees' });
  expect(judgeByHeader(PREFIX, TOPIC, LARGE).facts).toMatchObject(ADDRESS);
});

it('takes what only a checksum could refuse', async () => {
  const damaged = Buffer.from(CAPTURE);
  damaged.writeUInt8(damaged.readUInt8(CAPTURE.length - 40) ^ 1, CAPTURE.length - 40);
  expect(judgeByHeader(PREFIX, TOPIC, damaged)).toMatchObject({ header: HEADER, address: ADDRESS });
  await expect(judge(PREFIX, TOPIC, damaged)).rejects.toMatchObject({ reason: 'damaged' });
});

describe.each(Object.entries(TEST_IMAGES))('%s', (name, make) => {
  it('is never refused by its header for another reason than judge gives, in 200 random mutations', async () => {
    const random = seededRandom(name.length * 104_729 + name.charCodeAt(name.length - 1));
    const image = embedMetadata(await make(), METADATA);
    for (let round = 0; round < 200; round += 1) {
      const mutated = mutate(image, random);
      const bytes = name.startsWith('png') && random(2) === 0 ? withChecksums(mutated) : mutated;
      await agreed([TOPIC, OTHER_TOPIC, PREFIX][random(3)] ?? TOPIC, bytes, `round ${round}`);
    }
  });
});
