import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import type { RgbPicture } from '../picture/picture.ts';
import { weightsFolder } from './package-weights.ts';
import { sha256Hex } from './verified-file.ts';

/** Side in pixels of the square that the SSD was trained on: neither side of the comparison has to resize. */
export const REFERENCE_SIDE = 512;

/** What was compared: a square out of a photograph of the weights' package, and what face-api said about it. */
export interface ReferencePicture {
  readonly photo: string;
  readonly photoSha256: string;
  /** Upper left corner of the square of 1024 px that was halved. */
  readonly left: number;
  readonly top: number;
  readonly pixelsSha256: string;
  /** anchor, top, left, bottom, right (relative to the picture), score; before non-maximum suppression. */
  readonly anchors: readonly (readonly number[])[];
  readonly faces: readonly {
    /** x, y, width, height in pixels; may reach beyond the picture. */
    readonly box: readonly number[];
    /** x and y of 68 points, relative to the part of the box that lies in the picture. */
    readonly landmarks: readonly number[];
  }[];
}

export interface ReferenceOutputs {
  readonly madeBy: string;
  readonly pictures: readonly ReferencePicture[];
}

/** A square of 1024 px out of a photograph, each 2 × 2 pixels made one by arithmetic that no library's version changes. */
export async function referencePicture(
  photo: string,
  left: number,
  top: number,
): Promise<{ image: RgbPicture; photoSha256: string }> {
  const file = await readFile(join(dirname(weightsFolder()), 'demo', photo));
  const side = REFERENCE_SIDE;
  const region = { left, top, width: side * 2, height: side * 2 };
  const source = await sharp(file).extract(region).removeAlpha().raw().toBuffer();
  const data = new Uint8Array(side * side * 3);
  const at = (row: number, column: number, channel: number): number =>
    source[(row * side * 2 + column) * 3 + channel] as number;
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      for (let c = 0; c < 3; c++) {
        const upper = at(y * 2, x * 2, c) + at(y * 2, x * 2 + 1, c);
        const lower = at(y * 2 + 1, x * 2, c) + at(y * 2 + 1, x * 2 + 1, c);
        data[(y * side + x) * 3 + c] = (upper + lower + 2) >> 2;
      }
    }
  }
  return { image: { width: side, height: side, data }, photoSha256: sha256Hex(file) };
}
