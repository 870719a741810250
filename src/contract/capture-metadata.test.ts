import { describe, expect, it } from 'vitest';
import { embedMetadata, MetadataError, readIdentity, readMetadata } from './capture-metadata.ts';
import { sampleMetadata } from './fixtures/sample-metadata.ts';
import { mutate, seededRandom } from './fixtures/seeded-random.ts';
import { pattern, TEST_IMAGES } from './fixtures/test-images.ts';
import { writeXmp } from './image/image.ts';
import type { CaptureMetadata } from './metadata.ts';
import { encodeXmp } from './xmp/xmp-writer.ts';

/** A capture whose packet is ours with one piece of text replaced. */
async function capture(from = '', to = ''): Promise<Buffer> {
  const packet = encodeXmp(sampleMetadata()).toString('utf8');
  if (!packet.includes(from)) throw new Error(`Expected ${from} in the packet`);
  return writeXmp(await pattern(8, 8, 3).png().toBuffer(), Buffer.from(packet.replace(from, to)));
}

describe.each(Object.entries(TEST_IMAGES))('%s', (_, make) => {
  it('gives back the metadata that was put in', async () => {
    const image = await make();
    expect(readMetadata(embedMetadata(image, sampleMetadata()))).toEqual(sampleMetadata());
    expect(readMetadata(image)).toBeUndefined();
    expect(readIdentity(image)).toBeUndefined();
  });
});

it.each<[string, Partial<CaptureMetadata>]>([
  ['no landmarks', { landmarks: [] }],
  ['one landmark', { landmarks: [[1, 2]] }],
  ['68 landmarks', { landmarks: Array.from({ length: 68 }, (_, at) => [at / 3, at * 1e-9]) }],
  ['an unset clock', { timeSynced: false, capturedAt: '1970-01-01T00:00:00.000Z' }],
  ['awkward numbers', { box: { x: -0.1 - 0.2, y: 1e21, width: 5e-324, height: Number.MAX_VALUE }, score: 1 / 3 }],
  ['awkward texts', { software: `<a b="c">'&#38;'</a>`, run: '&amp;lt;', model: { name: '', sha256: ' 顔😀'.trim() } }],
  ['a whole frame', { image: 'frame', seq: Number.MAX_SAFE_INTEGER }],
])('carries %s', async (_, change) => {
  const metadata = sampleMetadata(change);
  expect(readMetadata(embedMetadata(await pattern(8, 8, 3).webp().toBuffer(), metadata))).toEqual(metadata);
});

it('has no visit where none was followed', async () => {
  const { visit: _, ...metadata } = sampleMetadata();
  expect(readMetadata(embedMetadata(await pattern(8, 8, 3).jpeg().toBuffer(), metadata))).toEqual(metadata);
});

it('refuses a newer version with words that help, and still knows whose capture it is', async () => {
  const image = await capture(
    '<sightline:version>1<',
    '<sightline:hologram>yes</sightline:hologram><sightline:version>2<',
  );
  expect(() => readMetadata(image)).toThrow(MetadataError);
  expect(() => readMetadata(image)).toThrow(
    'Expected metadata of version 1 or older, got 2; update Sightline to read it',
  );
  const { id, device, camera } = sampleMetadata();
  expect(readIdentity(image)).toEqual({ id, device, camera });
});

it.each<[string, string, string, string]>([
  ['no version', '<sightline:version>1</sightline:version>', '', 'version'],
  [
    'a version that is a structure',
    '<sightline:version>1<',
    '<sightline:version><sightline:toString>1</sightline:toString><',
    'version',
  ],
  ['version 0', '<sightline:version>1<', '<sightline:version>0<', 'version'],
  ['a score that is no number', '<sightline:score>0.9375<', '<sightline:score>high<', 'score'],
  ['an empty score', '<sightline:score>0.9375<', '<sightline:score><', 'score'],
  ['a score in hexadecimal', '<sightline:score>0.9375<', '<sightline:score>0x0<', 'score'],
  ['an endless box', '<sightline:x>400.25<', '<sightline:x>1e999<', 'box.x'],
  ['another word for true', '<sightline:timeSynced>true<', '<sightline:timeSynced>yes<', 'timeSynced'],
  ['half a landmark', '<rdf:li>470 41.25<', '<rdf:li>470<', 'landmarks.1'],
  ['a landmark with a structure', '<rdf:li>470 41.25<', '<rdf:li><rdf:Description/><', 'landmarks.1'],
  ['a text where a structure belongs', '<sightline:model rdf:parseType="Resource">', '<sightline:model>x', 'model'],
])('names the field in metadata with %s', async (_, from, to, path) => {
  const image = await capture(from, to);
  expect(() => readMetadata(image)).toThrow(MetadataError);
  expect(() => readMetadata(image)).toThrow(`; ${path}: `);
});

it('writes nothing that it could not read: a packet past the limit is an error at once', async () => {
  const image = await pattern(8, 8, 3).png().toBuffer();
  expect(() => embedMetadata(image, sampleMetadata({ software: 'x'.repeat(70_000) }))).toThrow(RangeError);
});

it('never makes anything but metadata, nothing or a MetadataError out of 3,000 mutated packets', async () => {
  const random = seededRandom(2026);
  const image = await pattern(8, 8, 3).png().toBuffer();
  const packet = encodeXmp(sampleMetadata());
  const outcomes = { metadata: 0, nothing: 0, MetadataError: 0 };
  for (let round = 0; round < 3_000; round += 1) {
    const mutated = writeXmp(image, mutate(packet, random));
    try {
      outcomes[readMetadata(mutated) ? 'metadata' : 'nothing'] += 1;
    } catch (error) {
      expect(error, `round ${round}`).toBeInstanceOf(MetadataError);
      outcomes.MetadataError += 1;
    }
    expect(readIdentity(mutated)).toEqual(readIdentity(mutated));
  }
  for (const count of Object.values(outcomes)) expect(count).toBeGreaterThan(20);
});
