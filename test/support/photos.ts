import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import sharp from 'sharp';

/** Photographs of people that ship in the package of the built-in model; each shows two faces or more. */
export const PHOTOS = [1, 2, 3].map((number) =>
  createRequire(import.meta.url)
    .resolve('@vladmandic/face-api/package.json')
    .replace(/package\.json$/, `demo/sample${number}.jpg`),
);

/** Makes a folder of so many photographs of people, over and over the same; no two files are equal. */
export async function makePhotos(folder: string, count: number): Promise<string[]> {
  mkdirSync(folder, { recursive: true });
  const paths = Array.from({ length: count }, (_, index) => join(folder, `photo-${index + 1}.jpg`));
  for (const [index, path] of paths.entries()) {
    await sharp(PHOTOS[index % PHOTOS.length])
      .resize(960 + 2 * Math.floor(index / PHOTOS.length))
      .jpeg({ quality: 90 })
      .toFile(path);
  }
  return paths;
}
