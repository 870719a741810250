import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Point } from '../../src/edge/face-detector/detection.ts';
import { loadFaceModel } from '../../src/edge/face-detector/models/face-model.ts';
import { weightsFolder } from '../../src/edge/face-detector/models/package-weights.ts';
import { middle } from '../../src/edge/face-detector/quality/face-points.ts';
import { decodePhoto } from '../detection/labelled-photos.ts';
import { expose, resized } from './degrade.ts';
import { placed } from './finders.ts';
import { type Descriptor, distance, openRecogniser, type Recogniser } from './recogniser.ts';

/** Below it two faces are one person's (dlib). */
const SAME_PERSON = 0.6;

describe('the recognition network', () => {
  let recogniser: Recogniser;
  beforeAll(async () => {
    recogniser = await openRecogniser();
  });
  afterAll(() => recogniser.close());

  function fivePoints(landmarks: readonly Point[]): Point[] {
    const [eye, otherEye] = [middle(landmarks.slice(36, 42)), middle(landmarks.slice(42, 48))];
    return [eye, otherEye, landmarks[30] as Point, landmarks[48] as Point, landmarks[54] as Point];
  }

  it('knows each of the women in a photograph again when she is half as large and darker, and takes none for another', async () => {
    const photo = await decodePhoto(join(weightsFolder(), '../demo/sample6.jpg'));
    const dim = expose(await resized(photo, 0.5), -2);
    const model = await loadFaceModel({ model: 'ssd', modelsPath: '' });
    const faces = await model.detect(photo, model.defaultMinScore);
    await model.close();
    expect(faces).toHaveLength(4);
    const known: Descriptor[] = [];
    const again: Descriptor[] = [];
    for (const { landmarks } of faces) {
      const points = fivePoints(landmarks);
      known.push(await recogniser.describe(photo, points));
      again.push(await recogniser.describe(dim, placed(points, 0.5, { x: 0, y: 0 })));
    }
    known.forEach((one, i) => {
      again.forEach((other, k) => {
        if (i === k) expect(distance(one, other)).toBeLessThan(SAME_PERSON / 2);
        else expect(distance(one, other)).toBeGreaterThan(SAME_PERSON - 0.1);
      });
    });
  });
});
