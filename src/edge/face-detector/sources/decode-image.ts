import sharp from 'sharp';
import { errorMessage } from '../../../platform/sightline-error.ts';
import type { RgbPicture } from '../picture/picture.ts';
import { SourceError } from './source-error.ts';

export const DEFAULT_MAX_PIXELS = 100_000_000;
const FORMATS = new Set(['png', 'jpeg', 'webp']);

/**
 * Decodes a PNG, JPEG or WebP file, turned upright as its EXIF orientation says; transparency is laid over black.
 *
 * @param maxPixels larger images are refused by their header alone, before any pixel is decoded
 * @throws {SourceError} `source-unreadable` for what is no such image, `source-too-large`
 */
export async function decodeImage(path: string, maxPixels = DEFAULT_MAX_PIXELS): Promise<RgbPicture> {
  const image = sharp(path, { limitInputPixels: maxPixels });
  await checkImage(path, maxPixels);
  const { data, info } = await image
    .autoOrient()
    .flatten()
    .toColourspace('srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true })
    .catch((cause: unknown) => refuse(path, `one that can't be decoded (${describeFault(cause)})`, cause));
  return { width: info.width, height: info.height, data };
}

/** Reads the header alone. Throws as `decodeImage` does. */
export async function checkImage(path: string, maxPixels = DEFAULT_MAX_PIXELS): Promise<void> {
  // Without its own limit here: the header's size is wanted for the message.
  const header = await sharp(path, { limitInputPixels: false })
    .metadata()
    .catch((cause: unknown) => refuse(path, describeFault(cause), cause));
  if (!FORMATS.has(header.format)) refuse(path, `a file of format ${header.format}`);
  if (header.width * header.height > maxPixels) {
    const message = `Expected an image of at most ${maxPixels} pixels, got ${header.width} × ${header.height}: ${path}`;
    throw new SourceError('source-too-large', message, { hint: 'scale the image down, or take it out of the folder' });
  }
}

function refuse(path: string, found: string, cause?: unknown): never {
  throw new SourceError('source-unreadable', `Expected a PNG, JPEG or WebP image, got ${found}: ${path}`, {
    hint: 'look at the file with an image viewer; it may be damaged or misnamed',
    cause,
  });
}

/** libvips' words, made readable where a person is likely to meet them. */
function describeFault(cause: unknown): string {
  const text = errorMessage(cause);
  if (text.startsWith('Input file is missing')) return 'nothing';
  if (text.startsWith('Input file contains unsupported image format')) return 'something else';
  if (text.startsWith('Input file has corrupt header')) return 'one with a damaged header';
  return text.split('\n')[0] ?? text;
}
