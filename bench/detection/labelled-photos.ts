import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { z } from 'zod';
import type { RgbPicture } from '../../src/edge/face-detector/picture/picture.ts';
import type { LabelledFace } from './average-precision.ts';

const box = z.tuple([z.number(), z.number(), z.number(), z.number()]);
const truth = z.record(z.string(), z.array(z.union([box, z.strictObject({ box, neutral: z.boolean() })])));

export interface LabelledPhoto {
  readonly path: string;
  readonly faces: readonly LabelledFace[];
}

/**
 * @param truthFile JSON: file name → faces, each [x, y, width, height] in pixels of the upright photograph, or
 * { box: [x, y, width, height], neutral } where some are flagged.
 */
export async function readTruth(photosFolder: string, truthFile: string): Promise<LabelledPhoto[]> {
  const files = truth.parse(JSON.parse(await readFile(truthFile, 'utf8')));
  return Object.entries(files).map(([file, faces]) => ({
    path: join(photosFolder, file),
    faces: faces.map((face) => {
      const [x, y, width, height] = Array.isArray(face) ? face : face.box;
      return { box: { x, y, width, height }, neutral: Array.isArray(face) ? false : face.neutral };
    }),
  }));
}

/** Upright, sRGB, without alpha. */
export async function decodePhoto(path: string): Promise<RgbPicture> {
  const { data, info } = await sharp(path)
    .rotate()
    .flatten()
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}
