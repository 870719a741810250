import sharp, { type Sharp } from 'sharp';
import { embedMetadata } from '../../src/contract/capture-metadata.ts';
import { captureMetadataSchema } from '../../src/contract/metadata.ts';
import { PHOTOS } from '../../test/support/photos.ts';

/** Metadata as a detector of ours writes it: five landmarks, a visit, plain texts. */
export const METADATA = captureMetadataSchema.parse({
  version: 1,
  id: '01981ffa-ffe0-7abc-8def-0123456789ab',
  device: 'gate-3',
  camera: 'door',
  capturedAt: '2025-07-18T23:59:59.968Z',
  timeSynced: true,
  frame: { index: 4711, width: 1280, height: 720 },
  box: { x: 400.3, y: 30.5, width: 96, height: 120.1 },
  score: 0.9375,
  landmarks: [
    [420.5, 40],
    [470.1, 41.3],
    [445.1, 66],
    [430, 80.2],
    [461.7, 81],
  ],
  quality: { overall: 0.8, sharpness: 0.75, frontalness: 1, size: 0.5, exposure: 0.9, completeness: 0.96 },
  crop: { x: 376, y: 0, width: 144, height: 147 },
  image: 'face',
  visit: {
    id: '01981f3a-7000-7000-8000-000000000001',
    firstSeenAt: '2025-07-18T23:59:56.000Z',
    lastSeenAt: '2025-07-19T00:00:01.000Z',
    frames: 51,
    shot: 1,
  },
  model: { name: 'yunet-2023mar', sha256: 'ab'.repeat(32) },
  traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  software: 'sightline 0.1.0',
  run: '0123456789abcdef',
  seq: 12,
});

/** Captures of some 40 KB in every format, by what they show: noise, whose pixels don't compress, or a piece of a photograph. */
export async function pictures(): Promise<ReadonlyMap<string, Buffer>> {
  const images: readonly (readonly [string, Promise<Buffer>])[] = [
    ['PNG, noise', noise(116).png().toBuffer()],
    ['PNG, photograph', photograph(150).png().toBuffer()],
    ['PNG, large photograph', photograph(320).png().toBuffer()],
    ['JPEG, photograph', photograph(320).jpeg({ quality: 95 }).toBuffer()],
    ['WebP, photograph', photograph(320).webp({ quality: 95 }).toBuffer()],
  ];
  return new Map(
    await Promise.all(images.map(async ([name, image]) => [name, embedMetadata(await image, METADATA)] as const)),
  );
}

function photograph(side: number): Sharp {
  return sharp(PHOTOS[0]).resize(640).extract({ left: 200, top: 60, width: side, height: side });
}

function noise(side: number): Sharp {
  return sharp(crypto.getRandomValues(Buffer.alloc(side * side * 3)), {
    raw: { width: side, height: side, channels: 3 },
  });
}
