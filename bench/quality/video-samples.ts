import type { Box } from '../../src/edge/face-detector/detection.ts';
import { intersectionOverUnion } from '../../src/edge/face-detector/intersection-over-union.ts';
import { cutRgb } from '../../src/edge/face-detector/picture/cut.ts';
import type { Picture, RgbPicture } from '../../src/edge/face-detector/picture/picture.ts';
import { openSource } from '../../src/edge/face-detector/sources/open-source.ts';
import { createLog } from '../../src/platform/log.ts';
import type { VisitTruth } from '../visit-score/visit-truth.ts';
import type { Finders } from './finders.ts';
import type { Descriptor, Recogniser } from './recogniser.ts';
import { qualitiesOf, type Sample } from './sample.ts';
import { meanDescriptor, type References, utilityOf } from './utility.ts';

const SAME_FACE_IOU = 0.3;
/** A walk-on part of fewer frames is nobody to compare with. */
const MIN_FRAMES = 10;
/** So many of a person's pictures, the most frontal of them, make the reference. */
const REFERENCE_SHARE = 0.2;

/** A face in a frame of a film, before it is known what it is worth. */
export interface FilmFace extends Omit<Sample, 'utility'> {
  readonly descriptor: Descriptor;
}

/** @returns the faces of everyone who is seen for a while, followed from frame to frame by their place. */
export async function filmFaces(
  path: string,
  { finders, recogniser }: { finders: Finders; recogniser: Recogniser },
): Promise<FilmFace[]> {
  const paths: { box: Box; faces: FilmFace[] }[] = [];
  for await (const { picture } of framesOf(path)) {
    for (const { box, landmarks } of await finders.all(picture, 'yunet')) {
      const known = paths.find((one) => intersectionOverUnion(one.box, box) > SAME_FACE_IOU);
      const followed = known ?? { box, faces: [] };
      if (!known) paths.push(followed);
      followed.box = box;
      followed.faces.push({
        set: 'turns',
        person: `${path} ${paths.indexOf(followed)}`,
        kind: 'video',
        qualities: qualitiesOf(picture, await finders.at(picture, box)),
        descriptor: await recogniser.describe(asRgb(picture), landmarks),
      });
    }
  }
  return paths.filter(({ faces }) => faces.length >= MIN_FRAMES).flatMap(({ faces }) => faces);
}

/** @returns the faces of a scene whose truth is known, each visit a person. Frames in which YuNet finds nothing at the face are left out. */
export async function visitFaces(
  path: string,
  truth: VisitTruth,
  { finders, recogniser }: { finders: Finders; recogniser: Recogniser },
): Promise<FilmFace[]> {
  const faces: FilmFace[] = [];
  for await (const { picture, index } of framesOf(path)) {
    for (const visit of truth.visits) {
      const box = visit.boxes.get(index);
      if (!box) continue;
      const found = await finders.at(picture, box);
      const landmarks = found.get('yunet')?.landmarks;
      if (!landmarks) continue;
      faces.push({
        set: 'visits',
        person: `visit ${visit.id}`,
        kind: 'video',
        qualities: qualitiesOf(picture, found),
        isSharp: visit.sharp.has(index),
        descriptor: await recogniser.describe(asRgb(picture), landmarks),
      });
    }
  }
  return faces;
}

/** Of a scene with truth the sharp pictures are a person's reference, otherwise the most frontal ones. */
export function filmReferences(faces: readonly FilmFace[]): Map<string, Descriptor> {
  return new Map(
    Map.groupBy(faces, ({ person }) => person)
      .entries()
      .map(([person, own]) => {
        const sharp = own.filter(({ isSharp }) => isSharp);
        const frontal = own.toSorted((a, b) => facing(b) - facing(a));
        const best = sharp.length > 0 ? sharp : frontal.slice(0, Math.ceil(own.length * REFERENCE_SHARE));
        return [person, meanDescriptor(best.map(({ descriptor }) => descriptor))];
      }),
  );
}

export function filmSample({ descriptor, ...face }: FilmFace, references: References): Sample {
  return { ...face, utility: utilityOf(descriptor, face.person, references) };
}

function facing({ qualities }: FilmFace): number {
  return qualities.get('yunet')?.frontalness ?? 0;
}

async function* framesOf(path: string): AsyncGenerator<{ picture: Picture; index: number }> {
  const source = await openSource(path, { pace: 'max', log: createLog({ level: 'silent', format: 'json' }) });
  for await (const frame of source.frames(new AbortController().signal)) yield { picture: frame, index: frame.index };
}

function asRgb(picture: Picture): RgbPicture {
  const { width, height } = picture;
  return { width, height, data: cutRgb(picture, { x: 0, y: 0, width, height }) };
}
