import { describe, expect, it } from 'vitest';
import { readFacts } from './capture-facts.ts';
import { embedMetadata, readIdentity, readMetadata } from './capture-metadata.ts';
import { captureProperties } from './cloud-events.ts';
import { sampleMetadata } from './fixtures/sample-metadata.ts';
import { mutate, seededRandom } from './fixtures/seeded-random.ts';
import { pattern, TEST_IMAGES } from './fixtures/test-images.ts';
import { writeXmp } from './image/image.ts';
import type { CaptureMetadata } from './metadata.ts';
import { encodeXmp } from './xmp/xmp-writer.ts';

const FACE = await pattern(8, 8, 3).png().toBuffer();
const FACTS = factsOf(sampleMetadata());

function factsOf({ id, device, camera, capturedAt, quality, traceparent, run, seq }: CaptureMetadata) {
  return { id, device, camera, capturedAt, quality: quality.overall, traceparent, run, seq };
}

/** A capture whose packet is ours with one piece of text replaced. */
function capture(from: string | RegExp, to: string): Buffer {
  const packet = encodeXmp(sampleMetadata()).toString('utf8');
  const changed = packet.replace(from, to);
  if (changed === packet) throw new Error(`Expected ${from} in the packet`);
  return writeXmp(FACE, Buffer.from(changed));
}

describe.each(Object.entries(TEST_IMAGES))('%s', (_, make) => {
  it('tells the facts that were put in, and none when it is bare', async () => {
    const image = await make();
    expect(readFacts(embedMetadata(image, sampleMetadata()))).toEqual(FACTS);
    expect(readFacts(image)).toBeUndefined();
  });
});

it('tells the facts of a newer version, whatever else is in it', () => {
  const newer = capture(
    '<sightline:version>1</sightline:version>',
    '<sightline:version>2</sightline:version>\n<sightline:shape rdf:parseType="Resource"><sightline:a rdf:parseType="Resource"><sightline:b>1</sightline:b></sightline:a></sightline:shape>',
  );
  expect(readFacts(newer)).toEqual(FACTS);
});

it('tells the facts beside what breaks the schema', () => {
  expect(readFacts(capture('<sightline:score>0.9375<', '<sightline:score>high<'))).toEqual(FACTS);
});

it.each<[string, string | RegExp, string, Partial<Record<keyof typeof FACTS, undefined>>]>([
  ['no quality', /<sightline:quality.*<\/sightline:quality>\n/, '', { quality: undefined }],
  ['a quality that is a text', /(<sightline:quality).*(?=<\/sightline:quality>)/, '$1>0.8', { quality: undefined }],
  ['a quality above 1', '<sightline:overall>0.8<', '<sightline:overall>1.1<', { quality: undefined }],
  ['a quality below 0', '<sightline:overall>0.8<', '<sightline:overall>-0.1<', { quality: undefined }],
  ['a quality that is no number', '<sightline:overall>0.8<', '<sightline:overall>NaN<', { quality: undefined }],
  ['a negative seq', '<sightline:seq>12<', '<sightline:seq>-1<', { seq: undefined }],
  ['a seq and a half', '<sightline:seq>12<', '<sightline:seq>1.5<', { seq: undefined }],
  ['a seq past what is safe', '<sightline:seq>12<', '<sightline:seq>9007199254740992<', { seq: undefined }],
  ['an empty run', /(<sightline:run>)[^<]*/, '$1', { run: undefined }],
  ['a run with a control character', /(<sightline:run>)[^<]*/, '$1a&#7;b', { run: undefined }],
  ['a run that is a list', /(<sightline:run>)[^<]*/, '$1<rdf:Seq></rdf:Seq>', { run: undefined }],
  [
    'a day that there is not',
    '<sightline:capturedAt>2025-07-18',
    '<sightline:capturedAt>2025-02-30',
    { capturedAt: undefined },
  ],
  ['a local time', '968Z</sightline:capturedAt>', '968</sightline:capturedAt>', { capturedAt: undefined }],
  ['another traceparent', '<sightline:traceparent>00-', '<sightline:traceparent>0-', { traceparent: undefined }],
  ['another name', '<sightline:device>gate-3<', '<sightline:device>Gate 3<', { device: undefined }],
  ['two cameras', /<sightline:camera>.*/, '$&\n$&', { camera: undefined }],
  ['another id', '<sightline:id>0', '<sightline:id>x', { id: undefined }],
])('leaves out %s and tells the rest', (_, from, to, missing) => {
  expect(readFacts(capture(from, to))).toEqual({ ...FACTS, ...missing });
});

it('agrees with the whole metadata wherever they can be read, in 3,000 mutated packets', () => {
  const random = seededRandom(31);
  const packet = encodeXmp(sampleMetadata());
  let agreed = 0;
  for (let round = 0; round < 3_000; round += 1) {
    const image = writeXmp(FACE, mutate(packet, random));
    const facts = readFacts(image);
    expect(facts === undefined).toBe(readIdentity(image) === undefined);
    try {
      const metadata = readMetadata(image);
      expect(facts, `round ${round}`).toEqual(metadata && factsOf(metadata));
      agreed += 1;
    } catch {
      // Metadata that break the schema somewhere; the facts are what is left of them.
    }
  }
  expect(agreed).toBeGreaterThan(100);
});

it('gives what a CloudEvent needs beside the address', () => {
  const { id, device, camera } = sampleMetadata();
  const mirrored = captureProperties({ ...FACTS, id, device, camera }, 'png');
  expect(mirrored).toEqual(captureProperties(sampleMetadata(), 'png'));
});
