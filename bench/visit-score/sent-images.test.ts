import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { FolderStore } from '../../src/cloud/image-processor/stores/folder-store.ts';
import { mintCaptureId } from '../../src/contract/capture-id.ts';
import { embedMetadata } from '../../src/contract/capture-metadata.ts';
import { sampleMetadata } from '../../src/contract/fixtures/sample-metadata.ts';
import type { CaptureMetadata } from '../../src/contract/metadata.ts';
import { objectKey } from '../../src/contract/object-key.ts';
import { sha256Hex } from '../../src/contract/sha256.ts';
import { sentImages } from './sent-images.ts';

let folder: string;
let store: FolderStore;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sightline-sent-images-'));
  store = new FolderStore(folder);
  await store.start();
});

afterEach(() => rm(folder, { recursive: true, force: true }));

async function put(metadata: CaptureMetadata, format: 'png' | 'jpeg' | 'webp'): Promise<number> {
  const picture = sharp({ create: { width: 20, height: 20, channels: 3, background: 'teal' } });
  const image = embedMetadata(await picture.toFormat(format).toBuffer(), metadata);
  await store.put(objectKey(metadata, format), image, { sha256: sha256Hex(image), contentType: `image/${format}` });
  return image.length;
}

it('reads what a folder store holds, in every format', async () => {
  const sample = sampleMetadata({ id: mintCaptureId(new Date()) });
  const { visit: _, ...everyMode } = sampleMetadata({ id: mintCaptureId(new Date()) });
  const bytes = await put(sample, 'png');
  await put({ ...sample, id: mintCaptureId(new Date()), frame: { index: 7, width: 1280, height: 720 } }, 'jpeg');
  await put({ ...everyMode, frame: { index: 9, width: 1280, height: 720 } }, 'webp');
  await writeFile(join(folder, '.sightline-incoming', 'half.part'), 'not yet an image');

  const images = (await sentImages(folder)).sort((a, b) => a.frameIndex - b.frameIndex);

  const visitId = sample.visit?.id;
  expect(images.map(({ frameIndex }) => frameIndex)).toEqual([7, 9, 4711]);
  expect(images.map((image) => image.visitId)).toEqual([visitId, undefined, visitId]);
  expect(images[2]).toEqual({ frameIndex: 4711, box: sample.box, bytes, visitId });
});

it('refuses images that say nothing of themselves', async () => {
  await mkdir(join(folder, 'device=gate'));
  const bare = await sharp({ create: { width: 20, height: 20, channels: 3, background: 'teal' } })
    .png()
    .toBuffer();
  await writeFile(join(folder, 'device=gate', 'bare.png'), bare);
  await expect(sentImages(folder)).rejects.toThrow(
    /Expected captures with their metadata, got a bare image: .*bare\.png/,
  );
});
