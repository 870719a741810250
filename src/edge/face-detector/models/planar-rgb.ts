import type { RgbPicture } from '../picture/picture.ts';

/** In which order a network wants its three planes. */
export type ChannelOrder = 'rgb' | 'bgr';

/** Writes RGB24 as planes of numbers 0–255: 3 × height × width. */
export function writePlanar({ data, width, height }: RgbPicture, order: ChannelOrder, planes: Float32Array): void {
  const area = width * height;
  const [first, third] = order === 'rgb' ? [0, 2] : [2, 0];
  for (let pixel = 0, byte = 0; pixel < area; pixel++, byte += 3) {
    planes[pixel] = data[byte + first] as number;
    planes[area + pixel] = data[byte + 1] as number;
    planes[area * 2 + pixel] = data[byte + third] as number;
  }
}
