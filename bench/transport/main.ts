/**
 * How much custody carries, how soon, and how it behaves on bad days, each figure with its goal, against real Mosquittos:
 *
 *   npm run bench:transport -- [--only forwarding,pipeline,backlog,slow-link,devices,sick-processor,s3] [--rounds N] [--seconds N]
 *                              [--pipeline-seconds N] [--backlog N] [--slow-link-seconds N] [--devices N]
 *                              [--captures-per-device N] [--quick]
 *
 * Load and sink are programs of this bench that cost a fiftieth of a millisecond for each capture; contenders alternate, so that a
 * machine that others use too is the same for all. `--backlog` is how many captures of 40 KB lie on disk when the link comes back
 * (100,000: 4 GB of the folder for temporary files). The last line is JSON.
 */
import { execFileSync } from 'node:child_process';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { type Figure, formatFigures, verdict } from '../measuring/figure.ts';
import { namesOf, positive } from '../measuring/flags.ts';
import { watchForeignLoad } from '../measuring/foreign-load.ts';
import { PARTS, type PartName } from './parts.ts';

/** The goals are set for so many. */
const CORES = 2;
const NAMES = Object.keys(PARTS) as PartName[];

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: NAMES.join(',') },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '10' },
    'pipeline-seconds': { type: 'string', default: '60' },
    backlog: { type: 'string', default: '100000' },
    'slow-link-seconds': { type: 'string', default: '120' },
    devices: { type: 'string', default: '1000' },
    'captures-per-device': { type: 'string', default: '200' },
    quick: { type: 'boolean', default: false },
  },
});
const wanted = namesOf<PartName>(values.only, NAMES, '--only');
const startedMs = performance.now();
const say = (text: string): void =>
  console.log(`[${((performance.now() - startedMs) / 1000).toFixed(0).padStart(4)} s] ${text}`);
const number = (flag: Exclude<keyof typeof values, 'only' | 'quick'>, quick: number): number =>
  values.quick ? quick : positive(values[flag], `--${flag}`);
const options = {
  say,
  rounds: number('rounds', 1),
  seconds: number('seconds', 3),
  pipelineSeconds: number('pipeline-seconds', 8),
  backlog: number('backlog', 2_000),
  slowLinkSeconds: number('slow-link-seconds', 60),
  devices: number('devices', 50),
  capturesPerDevice: number('captures-per-device', 20),
};

// What is started from here on inherits it.
if (cpus().length > CORES) execFileSync('taskset', ['-a', '-c', '-p', `0-${CORES - 1}`, String(process.pid)]);
// Each broker that is started watches for this process's end.
process.setMaxListeners(0);
// What was started ends with this process, but only where it ends by itself.
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)
  process.once(signal, () => process.exit(code));

const figures: Figure[] = [];
const foreign: Record<string, string> = {};
say(`${cpus().length} × ${cpus()[0]?.model}, ${CORES} of them used, Node ${process.versions.node}`);
for (const name of wanted) {
  const foreignCores = watchForeignLoad();
  const measured = await PARTS[name](options);
  figures.push(...measured);
  foreign[name] = foreignCores().toFixed(2);
  say(`${name}: measured while others kept ${foreign[name]} of ${cpus().length} cores busy`);
  console.log(`\n${formatFigures(measured)}\n`);
}
if (wanted.length > 1) console.log(`\n${formatFigures(figures)}\n`);
console.log(JSON.stringify({ figures: figures.map((figure) => ({ ...figure, verdict: verdict(figure) })), foreign }));
