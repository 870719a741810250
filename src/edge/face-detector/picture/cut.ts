import { isYuv, type Picture, type Rectangle, type RgbPicture, type YuvPicture, yuvLayout } from './picture.ts';
import { yuvFactors } from './yuv-to-rgb.ts';

/** A part of a picture as RGB24, in memory of its own. */
export function cutRgb(picture: Picture, part: Rectangle): Buffer {
  return isYuv(picture) ? cutYuv(picture, part) : cutRows(picture, part);
}

/** Luma 0–255 (Rec. 601 for RGB) of a part of a picture, in memory of its own. */
export function cutLuma(picture: Picture, { x, y, width, height }: Rectangle): Uint8ClampedArray {
  const luma = new Uint8ClampedArray(width * height);
  const { data } = picture;
  if (isYuv(picture)) {
    const { lumaOffset, luma: factor } = yuvFactors(picture.colour);
    for (let row = 0; row < height; row += 1) {
      const from = (y + row) * picture.width + x;
      for (let column = 0; column < width; column += 1) {
        luma[row * width + column] = ((data[from + column] as number) - lumaOffset) * factor;
      }
    }
    return luma;
  }
  for (let row = 0; row < height; row += 1) {
    let at = ((y + row) * picture.width + x) * 3;
    for (let column = 0; column < width; column += 1, at += 3) {
      luma[row * width + column] =
        0.299 * (data[at] as number) + 0.587 * (data[at + 1] as number) + 0.114 * (data[at + 2] as number);
    }
  }
  return luma;
}

function cutRows({ data, width: stride }: RgbPicture, { x, y, width, height }: Rectangle): Buffer {
  const rgb = Buffer.allocUnsafeSlow(width * height * 3);
  for (let row = 0; row < height; row += 1) {
    const from = ((y + row) * stride + x) * 3;
    rgb.set(data.subarray(from, from + width * 3), row * width * 3);
  }
  return rgb;
}

/** Each chroma sample stands for its four pixels, as in ffmpeg's own conversion. */
function cutYuv({ data, colour, width: stride, height: rows }: YuvPicture, part: Rectangle): Buffer {
  const { lumaOffset, luma, redOfCr, greenOfCb, greenOfCr, blueOfCb } = yuvFactors(colour);
  const { chroma, cbAt, crAt } = yuvLayout({ width: stride, height: rows });
  const rgb = new Uint8ClampedArray(part.width * part.height * 3);
  let to = 0;
  for (let y = part.y; y < part.y + part.height; y += 1) {
    const chromaRow = (y >> 1) * chroma.width;
    for (let x = part.x; x < part.x + part.width; x += 1, to += 3) {
      const grey = ((data[y * stride + x] as number) - lumaOffset) * luma;
      const cb = (data[cbAt + chromaRow + (x >> 1)] as number) - 128;
      const cr = (data[crAt + chromaRow + (x >> 1)] as number) - 128;
      rgb[to] = grey + redOfCr * cr;
      rgb[to + 1] = grey + greenOfCb * cb + greenOfCr * cr;
      rgb[to + 2] = grey + blueOfCb * cb;
    }
  }
  return Buffer.from(rgb.buffer);
}
