/**
 * Who of those before the camera was captured, and how:
 *
 *   npm run bench:visits -- [--scene FILE] [--truth FILE] [--model auto|ssd|yunet] [--models-path DIR]
 *                           [--images DIR] [--keep DIR] [--each] [-- flags of `up`]
 *
 * Plays the scene through the pipeline and scores what was stored. `--truth` is `<scene>.truth.json` where not given;
 * `--images` scores a store that is there already; `--keep` leaves the store in a new folder; `--each` says what was sent of
 * each visit. The last line is JSON.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { runPipeline } from './run-pipeline.ts';
import { scoreVisits } from './score-visits.ts';
import { sentImages } from './sent-images.ts';
import { readVisitTruth } from './visit-truth.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    scene: { type: 'string', default: '../shared/media/visits.mp4' },
    truth: { type: 'string' },
    model: { type: 'string', default: 'auto' },
    'models-path': { type: 'string' },
    images: { type: 'string' },
    keep: { type: 'string' },
    each: { type: 'boolean', default: false },
  },
});
const truth = await readVisitTruth(values.truth ?? values.scene.replace(/\.[^.]+$/, '.truth.json'));
const temporary = await mkdtemp(join(tmpdir(), 'sightline-visit-score-'));
try {
  const folder = values.keep === undefined ? temporary : resolve(values.keep);
  if (values.keep !== undefined && !(await mkdir(folder, { recursive: true }))) {
    throw new Error(
      `Expected --keep with a folder that is not there yet, got ${folder}: its images would be scored too.`,
    );
  }
  const run =
    values.images === undefined
      ? await runPipeline({
          source: values.scene,
          folder,
          flags: ['--model', values.model, ...positionals],
          modelsPath: values['models-path'],
        })
      : { store: values.images, seconds: Number.NaN };
  const { missed, notSharp, framesSent, ...score } = scoreVisits(truth, await sentImages(run.store));
  console.log(`${values.scene} (${truth.frames} frames, ${truth.visits.length} visits), model ${values.model}:`);
  console.log(`  covered          ${score.covered} of ${score.visits}${list(missed, 'missed')}`);
  console.log(
    `  images           ${score.images}, ${rounded(score.imagesPerVisit)} a visit, ${score.mostImages} at most`,
  );
  console.log(`  of nobody        ${score.ofNobody}, and ${score.ofPartial} of faces partly hidden`);
  console.log(`  from sharp span  ${rounded(score.sharpShare * 100)} %${list(notSharp, 'not')}`);
  console.log(`  merged, split    ${score.merged}, ${score.split}`);
  console.log(`  bytes            ${score.bytes}`);
  console.log(`  seconds          ${rounded(run.seconds)}`);
  for (const visit of values.each ? truth.visits : []) {
    const frames = (framesSent.get(visit.id) ?? []).map((frame) => (visit.sharp.has(frame) ? `${frame} sharp` : frame));
    console.log(
      `    visit ${visit.id}: seen ${span(visit.boxes.keys())}, sharp ${span(visit.sharp)}, sent ${frames.join(', ')}`,
    );
  }
  console.log(JSON.stringify({ scene: values.scene, model: values.model, ...score, missed, notSharp, ...run }));
} finally {
  await rm(temporary, { recursive: true, force: true });
}

function list(ids: readonly string[], word: string): string {
  return ids.length === 0 ? '' : ` (${word}: ${ids.join(', ')})`;
}

function span(frames: Iterable<number>): string {
  const numbers = [...frames];
  return numbers.length === 0 ? 'never' : `${Math.min(...numbers)}–${Math.max(...numbers)}`;
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
