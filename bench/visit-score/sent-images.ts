import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { readMetadata } from '../../src/contract/capture-metadata.ts';
import type { SentImage } from './score-visits.ts';

const EXTENSIONS: ReadonlySet<string> = new Set(['.png', '.jpg', '.webp']);

/**
 * The images in a folder store, by what their metadata says; in no particular order.
 * @throws Error for an image without metadata, MetadataError for metadata that can't be read.
 */
export async function sentImages(folder: string): Promise<SentImage[]> {
  const images: SentImage[] = [];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !EXTENSIONS.has(extname(entry.name))) continue;
    const path = join(entry.parentPath, entry.name);
    const bytes = await readFile(path);
    const metadata = readMetadata(bytes);
    if (!metadata) throw new Error(`Expected captures with their metadata, got a bare image: ${path}`);
    images.push({
      frameIndex: metadata.frame.index,
      box: metadata.box,
      bytes: bytes.length,
      ...(metadata.visit ? { visitId: metadata.visit.id } : {}),
    });
  }
  return images;
}
