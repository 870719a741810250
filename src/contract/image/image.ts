import { MAX_IMAGE_BYTES, MAX_IMAGE_PIXELS, MAX_XMP_BYTES } from '../limits.ts';
import { RefusalError } from '../refusal.ts';
import { jpegContainer } from './jpeg.ts';
import { pngContainer } from './png.ts';
import { webpContainer } from './webp.ts';

export const IMAGE_FORMATS = ['png', 'jpeg', 'webp'] as const;
export type ImageFormat = (typeof IMAGE_FORMATS)[number];

export const IMAGE_MEDIA_TYPES: Record<ImageFormat, string> = {
  png: 'image/png',
  jpeg: 'image/jpeg',
  webp: 'image/webp',
};

/** What an image file says of itself in its first bytes. */
export interface ImageHeader {
  readonly format: ImageFormat;
  /** Pixels, as stored: not turned by an orientation tag. */
  readonly width: number;
  readonly height: number;
}

/** What is left to check of a file once all that is soon done was done. Rejects with RefusalError `damaged`. */
export type LengthyCheck = () => Promise<void>;

/** How one file format carries pixels and metadata. All functions take a whole file. */
export interface ImageContainer {
  /** Does the file begin as this format does? */
  recognises(bytes: Uint8Array): boolean;
  /** Width and height in pixels. Throws RefusalError `damaged`. */
  size(bytes: Buffer): { width: number; height: number };
  /** Is the file whole, as far as can be told without trusting a decoder? Throws RefusalError `damaged`. */
  verify(bytes: Buffer): LengthyCheck | undefined;
  /** The XMP packet inside, if there is one. */
  readXmp(bytes: Buffer): Buffer | undefined;
  /** A copy of the file that carries this XMP packet, in place of any other. */
  writeXmp(bytes: Buffer, packet: Buffer): Buffer;
}

const CONTAINERS: Record<ImageFormat, ImageContainer> = {
  png: pngContainer,
  jpeg: jpegContainer,
  webp: webpContainer,
};

/** The format by the file's first bytes, or undefined. Names and content types are never asked. */
export function imageFormat(bytes: Uint8Array): ImageFormat | undefined {
  return IMAGE_FORMATS.find((format) => CONTAINERS[format].recognises(bytes));
}

/**
 * Reads the header of an image from outside and holds it against the limits; decodes nothing.
 * @throws RefusalError `too-large`, `not-an-image`, `damaged` or `too-many-pixels`.
 */
export function readImageHeader(bytes: Buffer): ImageHeader {
  if (bytes.length > MAX_IMAGE_BYTES) {
    throw new RefusalError('too-large', `Expected an image of at most ${MAX_IMAGE_BYTES} bytes, got ${bytes.length}`);
  }
  const format = imageFormat(bytes);
  if (!format) throw new RefusalError('not-an-image', `Expected PNG, JPEG or WebP, got ${describeBytes(bytes)}`);
  const { width, height } = CONTAINERS[format].size(bytes);
  if (width * height > MAX_IMAGE_PIXELS) {
    throw new RefusalError('too-many-pixels', `Expected at most ${MAX_IMAGE_PIXELS} pixels, got ${width} × ${height}`);
  }
  return { format, width, height };
}

/**
 * Reads the header, then checks that the whole file is there and undamaged. The checks are the format's own (lengths,
 * checksums, the size of the inflated data), not a decoder's, so that every version comes to the same answer.
 * @throws RefusalError as readImageHeader.
 */
export async function verifyImage(bytes: Buffer): Promise<ImageHeader> {
  const header = readImageHeader(bytes);
  await beginVerifying(bytes, header.format)?.();
  return header;
}

/**
 * What verifyImage checks behind the header, as far as it is soon done, as for every JPEG, WebP and small PNG: then nothing is
 * returned. Otherwise what is left, for the caller to await or to leave.
 * @throws RefusalError `damaged`.
 */
export function beginVerifying(bytes: Buffer, format: ImageFormat): LengthyCheck | undefined {
  return CONTAINERS[format].verify(bytes);
}

/** The XMP packet inside an image, or undefined when there is none or the file isn't an image we know. */
export function readXmp(bytes: Buffer): Buffer | undefined {
  const format = imageFormat(bytes);
  return format && CONTAINERS[format].readXmp(bytes);
}

/**
 * A copy of the image with this XMP packet in it, in place of any other.
 * @throws RefusalError when the bytes are not an image, RangeError when the packet is longer than any reader would take.
 */
export function writeXmp(bytes: Buffer, packet: Buffer): Buffer {
  if (packet.length > MAX_XMP_BYTES) {
    throw new RangeError(`Expected XMP of at most ${MAX_XMP_BYTES} bytes, got ${packet.length}; leave some of it out`);
  }
  return CONTAINERS[readImageHeader(bytes).format].writeXmp(bytes, packet);
}

function describeBytes(bytes: Buffer): string {
  return bytes.length === 0
    ? 'nothing'
    : `${bytes.length} bytes that begin with ${bytes.subarray(0, 8).toString('hex')}`;
}
