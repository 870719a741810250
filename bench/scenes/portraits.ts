import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import type { Box } from '../../src/edge/face-detector/detection.ts';

/** A face in one of the photographs that come with the dependency. */
export interface Portrait {
  /** Photograph and number of the face, such as `sample3.jpg#1`. */
  readonly name: string;
  readonly photo: string;
  /** In pixels of the photograph. */
  readonly face: Box;
  /** Faces of others in it. */
  readonly others: readonly Box[];
}

export interface Photo {
  readonly width: number;
  readonly height: number;
  /** RGB24. */
  readonly data: Uint8Array;
}

/**
 * Where the faces are, as YuNet finds them at a score of 0.87 and more; held against the pictures by eye. Those that are
 * looked at from the side or from above, which the built-in model misses even at rest, are only cut out of others' way.
 */
const FACES: Readonly<Record<string, readonly (readonly [x: number, y: number, width: number, height: number])[]>> = {
  'sample1.jpg': [
    [417, 357, 181, 245],
    [836, 423, 196, 229],
    [1469, 215, 209, 222],
  ],
  'sample2.jpg': [
    [1444, 159, 203, 238],
    [881, 237, 183, 221],
    [369, 137, 170, 301],
  ],
  'sample3.jpg': [
    [589, 323, 205, 284],
    [1075, 197, 233, 327],
    [1490, 289, 201, 282],
  ],
  'sample4.jpg': [
    [990, 175, 176, 250],
    [259, 207, 166, 234],
    [660, 81, 190, 225],
    [1272, 152, 168, 248],
  ],
  'sample5.jpg': [
    [372, 877, 197, 295],
    [601, 427, 169, 242],
    [1409, 398, 192, 270],
    [1108, 203, 176, 233],
    [785, 117, 165, 214],
  ],
  'sample6.jpg': [
    [1479, 262, 227, 307],
    [668, 330, 195, 302],
    [248, 498, 214, 269],
    [1166, 310, 210, 281],
  ],
};
const UNFIT: ReadonlySet<string> = new Set(['sample2.jpg#2']);

/** All faces that are fit to be found, in a fixed order. */
export function portraits(): Portrait[] {
  return Object.entries(FACES).flatMap(([photo, faces]) => {
    const boxes = faces.map(([x, y, width, height]) => ({ x, y, width, height }));
    return boxes
      .map((face, i) => ({ name: `${photo}#${i}`, photo, face, others: boxes.filter((other) => other !== face) }))
      .filter(({ name }) => !UNFIT.has(name));
  });
}

const photos = new Map<string, Promise<Photo>>();

/** @throws Error where the optional package with the photographs is not installed. */
export function loadPhoto(name: string): Promise<Photo> {
  const loaded = photos.get(name) ?? readPhoto(name);
  photos.set(name, loaded);
  return loaded;
}

async function readPhoto(name: string): Promise<Photo> {
  const packageFile = createRequire(import.meta.url).resolve('@vladmandic/face-api/package.json');
  const picture = sharp(join(dirname(packageFile), 'demo', name))
    .removeAlpha()
    .toColourspace('srgb')
    .raw();
  const { data, info } = await picture.toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}
