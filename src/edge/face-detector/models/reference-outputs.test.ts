import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RgbPicture } from '../picture/picture.ts';
import { openLandmarkFinder } from './landmarks.ts';
import { openNetwork } from './onnx-session.ts';
import { readWeights, SSD_WEIGHTS, weightNamed, weightsFolder } from './package-weights.ts';
import { writePlanar } from './planar-rgb.ts';
import { REFERENCE_SIDE, type ReferenceOutputs, referencePicture } from './reference-picture.ts';
import { clipToImage } from './square-crop.ts';
import { anchorGrid, anchorLevels } from './ssd-anchors.ts';
import { decodeSsd } from './ssd-decode.ts';
import { encodeSsdModel } from './ssd-graph.ts';
import { sha256Hex } from './verified-file.ts';

const TOLERANCE = 1e-4;
const OPTIONS = { threads: 1, provider: 'cpu' } as const;

const json = await readFile(join(import.meta.dirname, 'reference-outputs.json'), 'utf8');
const { pictures } = JSON.parse(json) as ReferenceOutputs;
const weights = await readWeights(SSD_WEIGHTS, weightsFolder());
const anchors = anchorGrid(anchorLevels(weightNamed(weights, 'Output/extra_dim')), REFERENCE_SIDE, REFERENCE_SIDE);
const network = await openNetwork(encodeSsdModel(weights), OPTIONS);
const landmarks = await openLandmarkFinder(weightsFolder(), OPTIONS);

function planar(image: RgbPicture): Float32Array {
  const planes = new Float32Array(image.data.length);
  writePlanar(image, 'rgb', planes);
  return planes;
}

describe.each(pictures)('the converted networks and face-api on $photo', (reference) => {
  it('see the same pixels', async () => {
    const { image, photoSha256 } = await referencePicture(reference.photo, reference.left, reference.top);
    expect(photoSha256).toBe(reference.photoSha256);
    expect(sha256Hex(image.data)).toBe(reference.pixelsSha256);
  });

  it('give the same boxes and scores before suppression', async () => {
    const { image } = await referencePicture(reference.photo, reference.left, reference.top);
    const shape = [1, 3, REFERENCE_SIDE, REFERENCE_SIDE];
    const found = await network.run({ image: { data: planar(image), shape } }, (outputs) =>
      decodeSsd(outputs.anchors as Float32Array, anchors, 0),
    );
    expect(found).toHaveLength(5118);
    expect(reference.anchors.some(([, , , , , score]) => (score as number) > 0.3)).toBe(true);
    for (const [anchor, ...expected] of reference.anchors) {
      const { box, score } = found[anchor as number] as (typeof found)[number];
      const relative = [box.y, box.x, box.y + box.height, box.x + box.width].map((value) => value / REFERENCE_SIDE);
      expect(largestDifference([...relative, score], expected), `anchor ${anchor}`).toBeLessThanOrEqual(TOLERANCE);
    }
  });

  it('give the same landmarks, also for boxes beyond the border and boxes that are not square', async () => {
    const { image } = await referencePicture(reference.photo, reference.left, reference.top);
    expect(reference.faces.length).toBeGreaterThanOrEqual(3);
    for (const face of reference.faces) {
      const [x, y, width, height] = face.box as [number, number, number, number];
      const crop = clipToImage({ x, y, width, height }, image.width, image.height);
      const points = await landmarks.find(image, { x, y, width, height });
      const relative = points.flatMap(([px, py]) => [(px - crop.x) / crop.width, (py - crop.y) / crop.height]);
      expect(relative).toHaveLength(136);
      expect(largestDifference(relative, face.landmarks)).toBeLessThanOrEqual(TOLERANCE);
    }
  });
});

describe('the comparison', () => {
  it('notices a network whose weights are not quite the same', async () => {
    const changed = await readWeights(SSD_WEIGHTS, weightsFolder());
    const bias = weightNamed(changed, 'MobilenetV1/Conv2d_0_pointwise/convolution_bn_offset');
    bias.data.forEach((value, i) => {
      bias.data[i] = value + 0.01;
    });
    const other = await openNetwork(encodeSsdModel(changed), OPTIONS);
    const reference = pictures[0] as (typeof pictures)[number];
    const { image } = await referencePicture(reference.photo, reference.left, reference.top);
    const shape = [1, 3, REFERENCE_SIDE, REFERENCE_SIDE];
    const scores = await other.run({ image: { data: planar(image), shape } }, (outputs) =>
      decodeSsd(outputs.anchors as Float32Array, anchors, 0).map(({ score }) => score),
    );
    await other.close();
    const differences = reference.anchors.map(([anchor, , , , , score]) =>
      Math.abs((scores[anchor as number] as number) - (score as number)),
    );
    expect(Math.max(...differences)).toBeGreaterThan(TOLERANCE);
  });
});

function largestDifference(found: readonly number[], expected: readonly number[]): number {
  expect(found).toHaveLength(expected.length);
  return Math.max(...found.map((value, i) => Math.abs(value - (expected[i] as number))));
}
