import sharp from 'sharp';
import type { RgbImage } from './face-model.ts';
import { freeArrays } from './free-arrays.ts';
import { ModelError } from './model-error.ts';

/** An image made to fit a network's input. Its data are its own: they may be freed. */
export interface FittedImage extends RgbImage {
  /** Pixels of the source per pixel of the input, along x and along y: rounding makes them differ slightly. */
  readonly scaleX: number;
  readonly scaleY: number;
}

/**
 * Shrinks an image so that its longer side has at most `maxSide` pixels (never enlarges it), keeps its aspect, and
 * pads it with black on the right and at the bottom until both sides are multiples of `multiple`.
 *
 * @throws ModelError `bad-image` where the bytes are not width × height × 3.
 */
export async function fitImage(image: RgbImage, maxSide: number, multiple: number): Promise<FittedImage> {
  assertRgb(image);
  const shrink = Math.min(1, maxSide / Math.max(image.width, image.height));
  const width = Math.max(1, Math.round(image.width * shrink));
  const height = Math.max(1, Math.round(image.height * shrink));
  const paddedWidth = Math.ceil(width / multiple) * multiple;
  const paddedHeight = Math.ceil(height / multiple) * multiple;
  const pixels = shrink === 1 ? image.data : await resize(image, width, height);
  const fits = width === paddedWidth && height === paddedHeight;
  const data = fits && shrink < 1 ? pixels : pad(pixels, width, height, paddedWidth, paddedHeight);
  if (data !== pixels && pixels !== image.data) freeArrays([pixels]);
  return {
    width: paddedWidth,
    height: paddedHeight,
    data,
    scaleX: image.width / width,
    scaleY: image.height / height,
  };
}

async function resize(image: RgbImage, width: number, height: number): Promise<Uint8Array> {
  return await sharp(image.data, { raw: { width: image.width, height: image.height, channels: 3 } })
    .resize(width, height, { kernel: 'linear', fit: 'fill' })
    .raw()
    .toBuffer();
}

function pad(pixels: Uint8Array, width: number, height: number, paddedWidth: number, paddedHeight: number): Uint8Array {
  const padded = new Uint8Array(paddedWidth * paddedHeight * 3);
  if (width === paddedWidth) padded.set(pixels);
  else {
    for (let row = 0; row < height; row++) {
      padded.set(pixels.subarray(row * width * 3, (row + 1) * width * 3), row * paddedWidth * 3);
    }
  }
  return padded;
}

function assertRgb({ width, height, data }: RgbImage): void {
  if (!(Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0)) {
    throw new ModelError(
      'bad-image',
      `Expected an image of whole, positive width and height, got ${width} × ${height}.`,
    );
  }
  if (data.length !== width * height * 3) {
    const expected = `${width * height * 3} bytes of RGB24 for ${width} × ${height} pixels`;
    throw new ModelError('bad-image', `Expected ${expected}, got ${data.length}.`);
  }
}
