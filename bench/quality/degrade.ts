import sharp, { type Sharp } from 'sharp';
import { seededRandom } from '../../src/contract/fixtures/seeded-random.ts';
import type { RgbPicture } from '../../src/edge/face-detector/picture/picture.ts';

/** Numbers 0–1, the same in each run. */
export type Random = () => number;

export function randomOf(seed: number): Random {
  const below = seededRandom(seed);
  return () => below(2 ** 32) / 2 ** 32;
}

/** Out of focus. @param sigma of the Gaussian, pixels; below 0.3 nothing happens. */
export async function defocus(picture: RgbPicture, sigma: number): Promise<RgbPicture> {
  if (sigma < 0.3) return picture;
  return { ...picture, data: await toSharp(picture).blur(sigma).raw().toBuffer() };
}

/** Moved while the shutter was open. @param length of the way in pixels, @param angle of it in radians. */
export function smear(picture: RgbPicture, { length, angle }: { length: number; angle: number }): RgbPicture {
  const { width, height, data } = picture;
  const steps = Math.max(1, Math.ceil(length));
  const sums = new Float32Array(data.length);
  for (let step = 0; step < steps; step += 1) {
    const along = ((step + 0.5) / steps - 0.5) * length;
    const dx = Math.round(Math.cos(angle) * along);
    const dy = Math.round(Math.sin(angle) * along);
    for (let y = 0; y < height; y += 1) {
      const fromY = Math.min(height - 1, Math.max(0, y + dy));
      for (let x = 0; x < width; x += 1) {
        const from = (fromY * width + Math.min(width - 1, Math.max(0, x + dx))) * 3;
        const to = (y * width + x) * 3;
        for (let c = 0; c < 3; c += 1) sums[to + c] = (sums[to + c] as number) + (data[from + c] as number);
      }
    }
  }
  return { width, height, data: Uint8Array.from(sums, (sum) => Math.round(sum / steps)) };
}

/** More or less light by so many stops (×2 each) on linear values, cut off at white; sRGB taken as a power of 2.2. */
export function expose(picture: RgbPicture, stops: number): RgbPicture {
  return mapped(picture, (value) => value * 2 ** (stops / 2.2));
}

/** Haze, or a camera of low contrast. @param contrast 1 leaves the picture as it is. */
export function fade(picture: RgbPicture, contrast: number): RgbPicture {
  return mapped(picture, (value) => 150 + (value - 150) * contrast);
}

/** Noise of a sensor, alike for each pixel and colour. @param sigma in values 0–255. */
export function addNoise(picture: RgbPicture, sigma: number, random: Random): RgbPicture {
  return mapped(picture, (value) => {
    // Box and Muller's way to a normal distribution.
    const radius = Math.sqrt(-2 * Math.log(1 - random()));
    return value + sigma * radius * Math.cos(2 * Math.PI * random());
  });
}

export async function compress(picture: RgbPicture, jpegQuality: number): Promise<RgbPicture> {
  const jpeg = await toSharp(picture).jpeg({ quality: jpegQuality }).toBuffer();
  return { ...picture, data: await sharp(jpeg).raw().toBuffer() };
}

/** Shrunk by a camera that is further away: averaged, as by a lens and its sensor. */
export async function resized(picture: RgbPicture, scale: number): Promise<RgbPicture> {
  const width = Math.max(1, Math.round(picture.width * scale));
  const height = Math.max(1, Math.round(picture.height * scale));
  return { width, height, data: await toSharp(picture).resize(width, height, { fit: 'fill' }).raw().toBuffer() };
}

/** A frame of `size` whose top left corner is at `from` of the picture; grey where the picture has nothing. */
export function framed(
  picture: RgbPicture,
  from: { readonly x: number; readonly y: number },
  { width, height }: { readonly width: number; readonly height: number },
): RgbPicture {
  const data = Buffer.alloc(width * height * 3, 110);
  const left = Math.max(0, -from.x);
  const columns = Math.min(width, picture.width - from.x) - left;
  for (let y = Math.max(0, -from.y); y < Math.min(height, picture.height - from.y) && columns > 0; y += 1) {
    const start = ((from.y + y) * picture.width + from.x + left) * 3;
    data.set(picture.data.subarray(start, start + columns * 3), (y * width + left) * 3);
  }
  return { width, height, data };
}

function mapped(picture: RgbPicture, change: (value: number) => number): RgbPicture {
  const data = new Uint8ClampedArray(picture.data.length);
  for (let i = 0; i < data.length; i += 1) data[i] = change(picture.data[i] as number);
  return { ...picture, data: new Uint8Array(data.buffer) };
}

function toSharp({ data, width, height }: RgbPicture): Sharp {
  return sharp(data, { raw: { width, height, channels: 3 } });
}
