import { expect, it } from 'vitest';
import { sampleMetadata } from './fixtures/sample-metadata.ts';
import { captureMetadataSchema } from './metadata.ts';

it('takes complete metadata as it is, with and without a visit', () => {
  const metadata = sampleMetadata();
  expect(captureMetadataSchema.parse(metadata)).toEqual(metadata);
  const { visit: _, ...withoutVisit } = metadata;
  expect(captureMetadataSchema.parse(withoutVisit)).toEqual(withoutVisit);
  expect(captureMetadataSchema.parse({ ...metadata, landmarks: [] }).landmarks).toEqual([]);
});

it('leaves out keys that it does not know', () => {
  expect(captureMetadataSchema.parse({ ...sampleMetadata(), place: 'here' })).toEqual(sampleMetadata());
});

it.each(Object.keys(sampleMetadata()).filter((key) => key !== 'visit'))('demands %s', (key) => {
  expect(captureMetadataSchema.safeParse({ ...sampleMetadata(), [key]: undefined }).success).toBe(false);
});

it.each<[string, object]>([
  ['another version', { version: 2 }],
  ['an id that is no UUIDv7', { id: 'face' }],
  ['a device that is no name', { device: '../gate' }],
  ['a camera that is no name', { camera: 'Door' }],
  ['an instant with an offset', { capturedAt: '2025-07-18T23:59:59.968+02:00' }],
  ['an instant without milliseconds', { capturedAt: '2025-07-18T23:59:59Z' }],
  ['a day that does not exist', { capturedAt: '2025-02-30T00:00:00.000Z' }],
  ['a boolean as text', { timeSynced: 'true' }],
  ['a number as text', { seq: '1' }],
  ['a negative count', { seq: -1 }],
  ['half a frame', { frame: { index: 0.5, width: 10, height: 10 } }],
  ['a count past safe integers', { seq: 2 ** 53 }],
  ['a score above 1', { score: 1.001 }],
  ['a score below 0', { score: -0.001 }],
  ['NaN', { score: Number.NaN }],
  ['infinity', { box: { x: Number.POSITIVE_INFINITY, y: 0, width: 1, height: 1 } }],
  ['a point of three numbers', { landmarks: [[1, 2, 3]] }],
  ['another kind of image', { image: 'video' }],
  ['a traceparent that is none', { traceparent: '00-x' }],
  ['an empty run', { run: '' }],
  ['a zero in a text', { software: 'a\0b' }],
  ['a line end in a text', { software: 'a\nb' }],
  ['half a surrogate pair in a text', { software: '\ud800' }],
  ['a blank at the end of a text', { software: 'sightline ' }],
  ['a long text', { software: 'x'.repeat(201) }],
])('refuses metadata with %s', (_, change) => {
  expect(captureMetadataSchema.safeParse({ ...sampleMetadata(), ...change }).success).toBe(false);
});
