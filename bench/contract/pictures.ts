import sharp, { type Sharp } from 'sharp';
import { embedMetadata } from '../../src/contract/capture-metadata.ts';
import { sampleMetadata } from '../../src/contract/fixtures/sample-metadata.ts';
import { PHOTOS } from '../../test/support/photos.ts';

/** Metadata as a detector of ours writes it: five landmarks, a visit, plain texts. */
export const METADATA = sampleMetadata({
  box: { x: 400.3, y: 30.5, width: 96, height: 120.1 },
  landmarks: [
    [420.5, 40],
    [470.1, 41.3],
    [445.1, 66],
    [430, 80.2],
    [461.7, 81],
  ],
  model: { name: 'yunet-2023mar', sha256: 'ab'.repeat(32) },
  software: 'sightline 0.1.0',
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
