import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Detection, Point } from '../../src/edge/face-detector/detection.ts';
import type { RgbPicture } from '../../src/edge/face-detector/picture/picture.ts';
import { decodePhoto } from '../detection/labelled-photos.ts';
import { framed, randomOf, resized } from './degrade.ts';
import { type Finders, placed, sideOf } from './finders.ts';
import type { Descriptor, Recogniser } from './recogniser.ts';
import { qualitiesOf, type Sample } from './sample.ts';
import { type Treatment, treatments } from './treatments.ts';
import { meanDescriptor, type References, utilityOf } from './utility.ts';

/** Smaller faces are no reference for themselves. */
const MIN_REFERENCE_SIDE = 60;
const FRAME = { width: 480, height: 360 };
const SEED = 1;

/** A person of whom a large, sharp photograph is at hand. */
export interface PhotoPerson {
  readonly name: string;
  readonly photo: RgbPicture;
  readonly face: Detection;
  readonly reference: Descriptor;
}

/** Each large face in the folders' photographs is a person. */
export async function photoPersons(
  folders: readonly string[],
  { finders, recogniser }: { finders: Finders; recogniser: Recogniser },
): Promise<PhotoPerson[]> {
  const persons: PhotoPerson[] = [];
  for (const folder of folders) {
    for (const file of (await readdir(folder)).filter((name) => name.endsWith('.jpg')).sort()) {
      const photo = await decodePhoto(join(folder, file));
      for (const face of await finders.all(photo, 'yunet')) {
        if (sideOf(face.box) < MIN_REFERENCE_SIDE) continue;
        const name = `${file} ${Math.round(face.box.x)}`;
        const reference = await referenceOf(photo, face.landmarks, recogniser);
        persons.push({ name, photo, face, reference });
      }
    }
  }
  return persons;
}

/** From the photograph and its mirror image, so that even the untouched photograph is not at its own reference. */
async function referenceOf(photo: RgbPicture, points: readonly Point[], recogniser: Recogniser): Promise<Descriptor> {
  const { width, height, data } = photo;
  const mirrored = new Uint8Array(data.length);
  for (let at = 0; at < data.length; at += 3) {
    const x = (at / 3) % width;
    mirrored.set(data.subarray(at, at + 3), at + (width - 1 - 2 * x) * 3);
  }
  const mirroredPoints = [1, 0, 2, 4, 3].map((k): Point => [width - 1 - (points[k]?.[0] ?? 0), points[k]?.[1] ?? 0]);
  return meanDescriptor([
    await recogniser.describe(photo, points),
    await recogniser.describe({ width, height, data: mirrored }, mirroredPoints),
  ]);
}

/** Each person's face, small and blurred and dark and cut. */
export async function* photoSamples(
  persons: readonly PhotoPerson[],
  { finders, recogniser, references }: { finders: Finders; recogniser: Recogniser; references: References },
): AsyncGenerator<Sample> {
  const random = randomOf(SEED);
  for (const person of persons) {
    for (const treatment of treatments(random)) {
      const { frame, points, box } = await stage(person, treatment);
      const picture = await treatment.apply(frame);
      const descriptor = await recogniser.describe(picture, points);
      yield {
        set: 'photographs',
        person: person.name,
        kind: treatment.kind,
        qualities: qualitiesOf(picture, await finders.at(picture, box)),
        utility: utilityOf(descriptor, person.name, references),
      };
    }
  }
}

/** The person's face in a frame, at the treatment's size and place. The points are the photograph's, as a perfect finder would give them. */
async function stage({ photo, face }: PhotoPerson, { side, cut }: Treatment) {
  const scale = Math.min(1, side / sideOf(face.box));
  const picture = scale < 1 ? await resized(photo, scale) : photo;
  const { x, y, width, height } = face.box;
  const box = { x: x * scale, y: y * scale, width: width * scale, height: height * scale };
  const from = { x: box.x + (box.width - FRAME.width) / 2, y: box.y + (box.height - FRAME.height) / 2 };
  if (cut?.edge === 'left') from.x = box.x + cut.share * box.width;
  if (cut?.edge === 'right') from.x = box.x + (1 - cut.share) * box.width - FRAME.width;
  if (cut?.edge === 'top') from.y = box.y + cut.share * box.height;
  if (cut?.edge === 'bottom') from.y = box.y + (1 - cut.share) * box.height - FRAME.height;
  const corner = { x: Math.round(from.x), y: Math.round(from.y) };
  return {
    frame: framed(picture, corner, FRAME),
    points: placed(face.landmarks, scale, corner),
    box: { ...box, x: box.x - corner.x, y: box.y - corner.y },
  };
}
