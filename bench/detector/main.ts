/**
 * What the face-detector costs and finds, beside Haar and beside the least that it could cost, each figure with its goal:
 *
 *   npm run bench:detector -- [--only cpu,visits,empty,memory,latency,cameras] [--model ssd,yunet] [--models-path DIR]
 *                             [--scene FILE] [--truth FILE] [--empty FILE] [--runs N] [--minutes N] [--quick]
 *
 * Programs run one after the other and alternate, so that a machine that others use too is the same for all; figures are
 * ratios, the median of the rounds. `--runs` is their number (3), `--minutes` how long memory is watched (2; 30 to judge its
 * growth), `--empty` a video in which nothing happens (default: the scene `empty-room`, made where it is not there yet).
 * The last line is JSON.
 */
import { cpus } from 'node:os';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type Figure, formatFigures, verdict } from '../measuring/figure.ts';
import { namesOf, positive } from '../measuring/flags.ts';
import { watchForeignLoad } from '../measuring/foreign-load.ts';
import { type ModelName, openContext } from './bench-context.ts';
import { PARTS, type PartName } from './parts.ts';

const NAMES = PARTS.flatMap(({ names }) => names);

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: NAMES.join(',') },
    model: { type: 'string', default: 'ssd,yunet' },
    'models-path': { type: 'string', default: '../shared/models' },
    scene: { type: 'string', default: '../shared/media/visits.mp4' },
    truth: { type: 'string' },
    empty: { type: 'string' },
    runs: { type: 'string', default: '3' },
    minutes: { type: 'string', default: '2' },
    quick: { type: 'boolean', default: false },
  },
});
const wanted = namesOf<PartName>(values.only, NAMES, '--only');
const models = namesOf<ModelName>(values.model, ['ssd', 'yunet'], '--model');
const options = {
  wanted,
  scene: resolve(values.scene),
  truth: resolve(values.truth ?? values.scene.replace(/\.[^.]+$/, '.truth.json')),
  empty: values.empty && resolve(values.empty),
  memoryMinutes: values.quick ? 0.5 : positive(values.minutes, '--minutes'),
  camerasSeconds: values.quick ? 20 : 60,
};
const startedMs = performance.now();
const say = (text: string): void =>
  console.log(`[${((performance.now() - startedMs) / 1000).toFixed(0).padStart(4)} s] ${text}`);

// Brokers and services that were started end with this process, but only where it ends by itself.
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)
  process.once(signal, () => process.exit(code));

const context = await openContext({
  models,
  modelsPath: resolve(values['models-path']),
  rounds: values.quick ? 1 : positive(values.runs, '--runs'),
  say,
});
const figures: Figure[] = [];
const foreign: Record<string, string> = {};
try {
  say(`${cpus().length} × ${cpus()[0]?.model}, Node ${process.versions.node}, ${context.brokerName}`);
  for (const { names, measure } of PARTS) {
    const due = names.filter((name) => wanted.includes(name));
    if (due.length === 0) continue;
    const foreignCores = watchForeignLoad();
    figures.push(...(await measure(context, options)));
    const cores = foreignCores().toFixed(2);
    for (const name of due) foreign[name] = cores;
    say(`${due.join(', ')}: measured while others kept ${cores} of ${cpus().length} cores busy`);
  }
} finally {
  await context.close();
}
console.log(`\n${formatFigures(figures)}\n`);
console.log(JSON.stringify({ figures: figures.map((figure) => ({ ...figure, verdict: verdict(figure) })), foreign }));
