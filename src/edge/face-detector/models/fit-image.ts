import sharp from 'sharp';
import { freeArrays } from '../free-arrays.ts';
import type { RgbPicture } from '../picture/picture.ts';
import type { Fit } from './fit-size.ts';

/** Shrinks an image and pads it with black on the right and at the bottom. The data are the image's own where nothing was to be done. */
export async function fitImage(image: RgbPicture, fit: Fit): Promise<RgbPicture> {
  const { width, height, paddedWidth, paddedHeight } = fit;
  const isShrunk = width !== image.width || height !== image.height;
  const pixels = isShrunk ? await resize(image, width, height) : image.data;
  if (width === paddedWidth && height === paddedHeight) return { width, height, data: pixels };
  const data = pad(pixels, fit);
  if (isShrunk) freeArrays([pixels]);
  return { width: paddedWidth, height: paddedHeight, data };
}

async function resize(image: RgbPicture, width: number, height: number): Promise<Uint8Array> {
  return await sharp(image.data, { raw: { width: image.width, height: image.height, channels: 3 } })
    .resize(width, height, { kernel: 'linear', fit: 'fill' })
    .raw()
    .toBuffer();
}

function pad(pixels: Uint8Array, { width, height, paddedWidth, paddedHeight }: Fit): Uint8Array {
  const padded = new Uint8Array(paddedWidth * paddedHeight * 3);
  for (let row = 0; row < height; row++) {
    padded.set(pixels.subarray(row * width * 3, (row + 1) * width * 3), row * paddedWidth * 3);
  }
  return padded;
}
