import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { bareCaptureId } from './capture-id.ts';
import { embedMetadata, MetadataError, readIdentity, readMetadata } from './capture-metadata.ts';
import { captureProperties } from './cloud-events.ts';
import { decodedPixels } from './fixtures/test-images.ts';
import { type ImageFormat, readXmp, writeXmp } from './image/image.ts';
import { judge } from './judge.ts';
import { captureMetadataSchema } from './metadata.ts';
import { bareObjectKey, objectKey, quarantineKey } from './object-key.ts';
import { decodeReceipt, encodeReceipt } from './receipts.ts';
import { sha256Hex } from './sha256.ts';
import { captureTopic, parseTopic } from './topics.ts';
import { encodeXmp } from './xmp/xmp-writer.ts';

interface Golden {
  readonly prefix: string;
  readonly topic: string;
  readonly metadata: unknown;
  readonly packet: string;
  readonly formats: readonly {
    readonly format: ImageFormat;
    readonly bare: { readonly base64: string; readonly sha256: string };
    readonly capture: { readonly base64: string; readonly sha256: string };
    readonly objectKey: string;
    readonly bareObjectKey: string;
    readonly bareCaptureId: string;
    readonly quarantineKey: string;
    readonly properties: unknown;
    readonly receipts: readonly string[];
  }[];
}

const GOLDEN: Golden = JSON.parse(readFileSync(new URL('fixtures/v1.json', import.meta.url), 'utf8'));
const METADATA = captureMetadataSchema.parse(GOLDEN.metadata);
const ADDRESS = { device: METADATA.device, camera: METADATA.camera, id: METADATA.id };

it('still takes the metadata of version 1 as it was, and writes the same packet', () => {
  expect(METADATA).toEqual(GOLDEN.metadata);
  expect(encodeXmp(METADATA).toString('utf8')).toBe(GOLDEN.packet);
});

it('still spells and reads the topic', () => {
  expect(captureTopic(GOLDEN.prefix, METADATA)).toBe(GOLDEN.topic);
  expect(parseTopic(GOLDEN.prefix, GOLDEN.topic)).toEqual({ type: 'capture', ...ADDRESS });
});

it('has a golden file for every format', () => {
  expect(GOLDEN.formats.map(({ format }) => format).sort()).toEqual(['jpeg', 'png', 'webp']);
});

describe.each([...GOLDEN.formats])('a $format of version 1', (golden) => {
  const { format } = golden;
  const capture = Buffer.from(golden.capture.base64, 'base64');
  const bare = Buffer.from(golden.bare.base64, 'base64');

  it('has the hash it had', () => {
    expect(sha256Hex(capture)).toBe(golden.capture.sha256);
    expect(sha256Hex(bare)).toBe(golden.bare.sha256);
  });

  it('gives the metadata it gave', () => {
    expect(readMetadata(capture)).toEqual(GOLDEN.metadata);
    expect(readIdentity(capture)).toEqual(ADDRESS);
    expect(readMetadata(bare)).toBeUndefined();
  });

  it('is judged as it was', async () => {
    const header = { format, width: 12, height: 16 };
    expect(await judge(GOLDEN.prefix, GOLDEN.topic, capture)).toEqual({ header, address: ADDRESS });
    expect(await judge(GOLDEN.prefix, GOLDEN.prefix, bare)).toEqual({ header, address: undefined });
  });

  it('is made of the same bytes by the writer of today, and shows the same pixels', async () => {
    expect(embedMetadata(bare, METADATA).equals(capture)).toBe(true);
    expect(await decodedPixels(capture)).toEqual(await decodedPixels(bare));
  });

  it('has the keys, properties and receipts it had', () => {
    expect(objectKey(METADATA, format)).toBe(golden.objectKey);
    expect(bareObjectKey('cloud', golden.bare.sha256, format)).toBe(golden.bareObjectKey);
    expect(bareCaptureId(new Date(METADATA.capturedAt), golden.bare.sha256)).toBe(golden.bareCaptureId);
    expect(quarantineKey(golden.bare.sha256)).toBe(golden.quarantineKey);
    expect(captureProperties(METADATA, format)).toEqual(golden.properties);
    const receipts = golden.receipts.map((text) => decodeReceipt(Buffer.from(text)));
    expect(receipts).toMatchObject([
      { state: 'held', captures: [[METADATA.id, golden.capture.sha256]], by: 'forwarder-gate-3' },
      { state: 'stored', by: 'image-processor-1' },
      { state: 'refused', reason: 'metadata-disagrees' },
    ]);
    expect(receipts.map((receipt) => receipt && encodeReceipt(receipt).toString())).toEqual(golden.receipts);
  });

  it('is refused with words by a reader when it is of version 2, and taken by a judge all the same', async () => {
    const packet = readXmp(capture)?.toString('utf8') ?? '';
    const identity = Object.entries(ADDRESS).map(([name, value]) => `<sightline:${name}>${value}</sightline:${name}>`);
    const fields = `<sightline:version>2</sightline:version>${identity.join('')}<sightline:shape>new</sightline:shape>`;
    const newer = writeXmp(
      capture,
      Buffer.from(packet.replace(/<sightline:version>(.|\n)*(?=<\/rdf:Description>)/, fields)),
    );
    expect(() => readMetadata(newer)).toThrow(MetadataError);
    expect(() => readMetadata(newer)).toThrow(/got 2; update Sightline/);
    expect(await judge(GOLDEN.prefix, GOLDEN.topic, newer)).toMatchObject({ address: ADDRESS });
    await expect(judge(GOLDEN.prefix, GOLDEN.topic.replace('gate-3', 'gate-4'), newer)).rejects.toMatchObject({
      reason: 'metadata-disagrees',
    });
  });
});
