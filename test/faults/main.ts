import { parseArgs } from 'node:util';
import { Random } from '../support/random.ts';
import { type FaultRow, playRow, type RunResult } from './fault-row.ts';
import { MATRIX } from './matrix.ts';

const HELP = `npm run faults -- [--minutes N] [--seed S] [--row R]... [--name TEXT] [--once] [--list]
  Plays the fault matrix in random order for N minutes (default 10), or each row once.
  --seed   of the order and of all plans (default: random; printed)
  --row    these rows of the matrix alone
  --name   those alone whose name has this text
  --list   says what would be played, and what can't be here
Ends with code 0 when all invariants held in all runs.
`;

/** `npm run faults`: real processes, brokers and stores, faults at random; one line for each run and a verdict. */
async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '10' },
      seed: { type: 'string' },
      row: { type: 'string', multiple: true },
      name: { type: 'string' },
      once: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return say(HELP);
  const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
  const minutes = Number(values.minutes);
  if (!Number.isSafeInteger(seed) || !(minutes > 0)) return say(HELP, 2);
  const wanted = MATRIX.filter(
    ({ row, name }) => (values.row ?? [String(row)]).includes(String(row)) && name.includes(values.name ?? ''),
  );
  const rows = wanted.filter((row) => row.missing?.() === undefined);
  for (const row of wanted.filter((each) => !rows.includes(each))) say(`${title(row)}: not here: ${row.missing?.()}\n`);
  if (values.list) return say(rows.map((row) => `${title(row)}\n`).join(''));
  if (rows.length === 0) return say('Expected a row that can be played, got none\n', 2);
  const results = await playAll(rows, seed, values.once ? undefined : minutes);
  const failed = results.filter(({ fault }) => fault !== undefined);
  const captures = results.reduce((sum, run) => sum + run.captures, 0);
  say(
    `\n${results.length} runs, ${captures} captures: ${failed.length === 0 ? 'all held' : `${failed.length} did not hold`}\n`,
  );
  for (const run of failed) say(`  --row ${run.row.row} --name '${run.row.name}' --once --seed ${run.seed}\n`);
  return failed.length === 0 ? 0 : 1;
}

async function playAll(rows: readonly FaultRow[], seed: number, minutes: number | undefined): Promise<RunResult[]> {
  say(`seed ${seed}, ${rows.length} rows\n`);
  const random = new Random(seed);
  const untilMs = minutes === undefined ? 0 : performance.now() + minutes * 60_000;
  const results: RunResult[] = [];
  do {
    for (const row of minutes === undefined ? rows : random.shuffled(rows)) {
      // A single row takes the seed itself, so that what a line says can be played again.
      const result = await playRow(row, rows.length === 1 && results.length === 0 ? seed : random.below(2 ** 31));
      results.push(result);
      say(line(result));
      if (minutes !== undefined && performance.now() > untilMs) break;
    }
  } while (performance.now() < untilMs);
  return results;
}

function line({ row, seed, seconds, captures, peakMiB, fault }: RunResult): string {
  const memory = Object.entries(peakMiB).map(([name, mebibytes]) => `${name} ${mebibytes} MiB`);
  const facts = [`${seconds.toFixed(1)} s`, `${captures} captures`, ...memory, `seed ${seed}`].join(', ');
  return `${fault === undefined ? 'ok  ' : 'FAIL'} ${title(row)} (${facts})${fault === undefined ? '' : `\n     ${fault}`}\n`;
}

function title({ row, name }: FaultRow): string {
  return `${String(row).padStart(2)} ${name}`;
}

function say(text: string, code = 0): number {
  process.stdout.write(text);
  return code;
}

// Brokers and mounts go with this process in order, services with their channel to it.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
process.exitCode = await main();
