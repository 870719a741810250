/**
 * What the face-detector costs and finds, beside Haar and beside the least that it could cost, each figure with its goal:
 *
 *   npm run bench:detector -- [--only cpu,empty,visits] [--model ssd|yunet] [--models-path DIR]
 *                             [--scene FILE] [--truth FILE] [--empty FILE] [--runs N] [--quick]
 *
 * Programs run one after the other and alternate, so that a machine that others use too is the same for all; figures are
 * ratios, the median of the rounds. The last line is JSON.
 */
import { existsSync } from 'node:fs';
import { cpus } from 'node:os';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { readVisitTruth } from '../visit-score/visit-truth.ts';
import { type BenchContext, type ModelName, openContext } from './bench-context.ts';
import { cpuFigures, emptyFigures } from './cpu-figures.ts';
import { type Figure, formatFigures, verdict } from './figure.ts';
import { haarLacks } from './haar.ts';
import { emptyRoom, openVideo } from './media.ts';
import { runScene } from './scene-runs.ts';
import { visitFigures } from './visit-figures.ts';

const PARTS = ['cpu', 'empty', 'visits'] as const;

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: PARTS.join(',') },
    model: { type: 'string', default: 'ssd,yunet' },
    'models-path': { type: 'string', default: '../shared/models' },
    scene: { type: 'string', default: '../shared/media/visits.mp4' },
    truth: { type: 'string' },
    empty: { type: 'string' },
    runs: { type: 'string', default: '3' },
    quick: { type: 'boolean', default: false },
  },
});
const parts = list(values.only, PARTS, '--only');
const models = list<ModelName>(values.model, ['ssd', 'yunet'], '--model');
const truthFile = values.truth ?? values.scene.replace(/\.[^.]+$/, '.truth.json');
const startedMs = performance.now();
const say = (text: string): void =>
  console.log(`[${((performance.now() - startedMs) / 1000).toFixed(0).padStart(4)} s] ${text}`);

const context = await openContext({
  models,
  modelsPath: resolve(values['models-path']),
  rounds: values.quick ? 1 : Number(values.runs),
  say,
});
const figures: Figure[] = [];
try {
  say(`${cpus().length} × ${cpus()[0]?.model}, Node ${process.versions.node}, ${context.brokerName}`);
  if (parts.includes('cpu') || parts.includes('visits')) figures.push(...(await sceneFigures(context)));
  if (parts.includes('empty')) figures.push(...(await emptyRoomFigures(context)));
} finally {
  await context.close();
}
console.log(`\n${formatFigures(figures)}\n`);
console.log(JSON.stringify({ figures: figures.map((figure) => ({ ...figure, verdict: verdict(figure) })) }));

async function sceneFigures(context: BenchContext): Promise<Figure[]> {
  const lacks = haarLacks();
  if (lacks) say(`Without Haar: ${lacks}`);
  const video = await openVideo(resolve(values.scene));
  const withCpu = parts.includes('cpu');
  const runs = await runScene(withCpu ? context : { ...context, rounds: 1 }, video, {
    ...(lacks ? {} : { haar: true as const }),
    models,
    everyFrame: withCpu,
    discard: false,
  });
  const hasTruth = existsSync(truthFile);
  if (parts.includes('visits') && !hasTruth) say(`Without visits: Expected their truth at ${truthFile}, got none.`);
  return [
    ...(withCpu ? cpuFigures(runs) : []),
    ...(parts.includes('visits') && hasTruth ? visitFigures(runs, await readVisitTruth(truthFile)) : []),
  ];
}

async function emptyRoomFigures(context: BenchContext): Promise<Figure[]> {
  const video = values.empty
    ? await openVideo(resolve(values.empty))
    : await emptyRoom(await openVideo(resolve(values.scene)), 0, 60, context.folder);
  return emptyFigures(await runScene(context, video, { models, everyFrame: false, discard: true }));
}

function list<Name extends string>(text: string, known: readonly Name[], flag: string): Name[] {
  const names = text.split(',').map((name) => name.trim());
  const wrong = names.find((name) => !known.includes(name as Name));
  if (wrong !== undefined) throw new Error(`Expected ${flag} with some of ${known.join(', ')}, got ${wrong}.`);
  return names as Name[];
}
