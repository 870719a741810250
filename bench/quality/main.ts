/**
 * How well quality says whether a face can still be recognised, and which weights would say it best:
 *
 *   npm run bench:quality -- [--media DIR] [--faces DIR] [--models DIR] [--persons N]
 *
 * `--persons` takes only so many of the photographs' persons. The last line is JSON.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { weightsFolder } from '../../src/edge/face-detector/models/package-weights.ts';
import { readVisitTruth } from '../visit-score/visit-truth.ts';
import { openFinders } from './finders.ts';
import { fitWeights, heldOut, type Weights, weighed } from './fit-weights.ts';
import { byModel, type Measured } from './measured.ts';
import { photoPersons, photoSamples } from './photo-samples.ts';
import { openRecogniser } from './recogniser.ts';
import { correlation, rankTable, rounded, thresholdTable, visitTable, withinPersons } from './tables.ts';
import { type FilmFace, filmFaces, filmReferences, filmSample, visitFaces } from './video-samples.ts';

const FILMS = ['one-woman.mp4', 'woman-and-man.mp4', 'corridor-walk.mp4'];
const SCENE = 'visits.mp4';
const MODELS = ['ssd', 'yunet'] as const;

const { values } = parseArgs({
  options: {
    media: { type: 'string', default: '../shared/media' },
    faces: { type: 'string', default: '../shared/faces' },
    models: { type: 'string', default: '../shared/models' },
    persons: { type: 'string' },
  },
});

const tools = { finders: await openFinders(values.models), recogniser: await openRecogniser() };
const folders = [join(weightsFolder(), '../demo'), ...present([values.faces])];
const persons = (await photoPersons(folders, tools)).slice(0, values.persons ? Number(values.persons) : undefined);
const films: FilmFace[] = [];
for (const path of present(FILMS.map((film) => join(values.media, film))))
  films.push(...(await filmFaces(path, tools)));
for (const path of present([join(values.media, SCENE)])) {
  films.push(...(await visitFaces(path, await readVisitTruth(path.replace('.mp4', '.truth.json')), tools)));
}
const references = new Map([
  ...persons.map(({ name, reference }) => [name, reference] as const),
  ...filmReferences(films),
]);
const rows: Measured[] = films.flatMap((face) => byModel(filmSample(face, references)));
let lost = 0;
for await (const sample of photoSamples(persons, { ...tools, references })) {
  if (sample.qualities.size === 0) lost += 1;
  rows.push(...byModel(sample));
}
await tools.finders.close();
await tools.recogniser.close();

console.log(
  `${rows.length} faces found of ${references.size} persons; ${lost} pictures in which no model found the face.`,
);
console.log(
  'Rank correlation with utility: over all pictures, then within persons, of overall quality and each component.',
);
for (const model of MODELS) {
  console.log(`\n${model}`);
  console.table(rankTable(rows, model));
  console.table(visitTable(rows, model));
}
console.log('\nFaces below capture.minQuality, of both models');
console.table(thresholdTable(rows));

const photos = rows.filter(({ set }) => set === 'photographs');
const turns = rows.filter(({ set }) => set === 'turns');
const alone: Weights = { sharpness: 0, size: 0, exposure: 0, completeness: 0, frontalness: 0.5 };
const { frontalness } = turns.length > 0 ? fitWeights(turns, { free: ['frontalness'], start: alone }) : alone;
const start: Weights = { sharpness: 1, size: 1, exposure: 1, completeness: 1, frontalness };
const free = ['sharpness', 'size', 'exposure', 'completeness'] as const;
const weights = fitWeights(photos, { free, start });
const predicted = heldOut(photos, free, start);
const ours = ({ quality }: Measured) => quality.overall;
const theirs = (row: Measured) => predicted.get(row) ?? weighed(row.quality, weights);
const fit = MODELS.map((model) => {
  const own = photos.filter((row) => row.model === model);
  return {
    model,
    'ours, within persons': rounded(withinPersons(own, ours)),
    'fitted, held out': rounded(withinPersons(own, theirs)),
    'ours, over all': rounded(correlation(own, ours)),
    'fitted, held out, over all': rounded(correlation(own, theirs)),
  };
});
console.log(
  '\nFitted weights: frontalness on the turns alone, the others on the photographs; ranked with persons held out.',
);
console.table(weights);
console.table(fit);
console.log(
  JSON.stringify({
    faces: rows.length,
    persons: references.size,
    ranks: MODELS.map((model) => rankTable(rows, model)),
    weights,
    fit,
  }),
);

function present(paths: readonly string[]): string[] {
  return paths.filter((path) => {
    if (!existsSync(path)) console.log(`Left out, not there: ${path}`);
    return existsSync(path);
  });
}
