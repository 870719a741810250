/**
 * How well a model finds labelled faces:
 *
 *   npm run bench:detection -- [--photos DIR] [--truth FILE] [--model ssd|yunet] [--models DIR]
 *
 * The last line is JSON.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { loadFaceModel } from '../../src/edge/face-detector/models/face-model.ts';
import { type ScoredPicture, type SizeRange, scoreDetections } from './average-precision.ts';
import { decodePhoto, readTruth } from './labelled-photos.ts';

/** Far below any threshold in use: the whole precision–recall curve is wanted. */
const KEPT_FROM = { ssd: 0.05, yunet: 0.02 } as const;
const NO_LIMIT = Number.POSITIVE_INFINITY;
const SIZES: Readonly<Record<string, SizeRange>> = {
  'under 32 px': { min: 0, max: 32 },
  '32 to 96 px': { min: 32, max: 96 },
  'over 96 px': { min: 96, max: NO_LIMIT },
  '32 px and more': { min: 32, max: NO_LIMIT },
};

const { values } = parseArgs({
  options: {
    photos: { type: 'string', default: '../shared/faces' },
    truth: { type: 'string' },
    model: { type: 'string', default: 'ssd' },
    models: { type: 'string', default: '../shared/models' },
  },
});
const choice = values.model;
if (choice !== 'ssd' && choice !== 'yunet') throw new Error(`Expected --model ssd or yunet, got ${choice}.`);

const photos = await readTruth(values.photos, values.truth ?? join(values.photos, 'truth.json'));
const model = await loadFaceModel({ model: choice, modelsPath: values.models });
const pictures: ScoredPicture[] = [];
let detectMs = 0;
for (const { path, faces } of photos) {
  const image = await decodePhoto(path);
  const startedMs = performance.now();
  const found = await model.detect(image, KEPT_FROM[choice]);
  detectMs += performance.now() - startedMs;
  pictures.push({ faces, found });
}
await model.close();

const threshold = model.defaultMinScore;
const rows = Object.entries(SIZES).map(([size, sizes]) => {
  const at50 = scoreDetections(pictures, { minIou: 0.5, sizes, threshold });
  const at40 = scoreDetections(pictures, { minIou: 0.4, sizes, threshold });
  return {
    size,
    faces: at50.faces,
    ap50: round(at50.averagePrecision),
    ap40: round(at40.averagePrecision),
    precision: round(at50.precision),
    recall: round(at50.recall),
  };
});
console.log(`${model.name}: ${photos.length} photographs; precision and recall at a score of ${threshold}, IoU 0.5`);
console.table(rows);
console.log(
  JSON.stringify({ model: model.name, photos: photos.length, detectMs: round(detectMs / photos.length), rows }),
);

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
