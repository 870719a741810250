import { styleText } from 'node:util';
import type { SelfTestReport } from '../../contract/self-test.ts';
import { HOPS, type Hop } from './hop.ts';

const MARKS = { ok: '✓', failed: '✗', unseen: '·', skipped: '–' } as const;
/** Only on a terminal, and not with NO_COLOR: styleText looks for itself. */
const COLOURS = { ok: 'green', failed: 'red', unseen: 'yellow', skipped: 'gray' } as const;
const NAME_COLUMNS = Math.max(...HOPS.map((name) => name.length)) + 1;
const TIME_COLUMNS = 9;

export const HEADING = `  ${''.padEnd(NAME_COLUMNS)}${'took'.padStart(TIME_COLUMNS)}${'at'.padStart(TIME_COLUMNS)}\n`;

/** One line for a hop; what failed has its reasons below. */
export function hopLine({ name, state, tookMs, atMs, words, fault }: Hop): string {
  const times = state === 'ok' || state === 'failed' ? [duration(tookMs), duration(atMs)] : ['', ''];
  const columns = times.map((time) => time.padStart(TIME_COLUMNS)).join('');
  const line = `${styleText(COLOURS[state], MARKS[state])} ${name.padEnd(NAME_COLUMNS)}${columns}  ${words}\n`;
  if (!fault) return line;
  const rows = [
    `expected ${fault.expected}`,
    ...fault.heard.map((heard) => `heard: ${heard}`),
    ...fault.advice.map((advice) => `→ ${advice}`),
  ];
  return `${line}${rows.map((row) => `    ${row}\n`).join('')}`;
}

/** What an image-processor found out, to go on its name. */
export function reportWords(report: SelfTestReport | undefined): string {
  if (!report) return 'stored it as if it were a face: an older Sightline, update it';
  const { putMs, readMs, removeMs, left } = report;
  const removal = left ? 'could not remove it' : `removed it (${duration(removeMs)})`;
  return `stored it (${duration(putMs)}), read it back (${duration(readMs)}) and ${removal}`;
}

/** The last lines. */
export function conclusion(hops: readonly Hop[], remarks: readonly string[], isInterrupted: boolean): string {
  const failed = hops.filter(({ state }) => state === 'failed').map(({ name }) => name);
  const end = isInterrupted
    ? 'Stopped before the end.'
    : failed.length > 0
      ? `Not well: ${failed.join(', ')}.`
      : `All is well: ${duration(hops.at(-1)?.atMs ?? 0)} in all.`;
  return `${remarks.map((words) => `${styleText('yellow', '!')} ${words}\n`).join('')}\n${end}\n`;
}

function duration(ms: number): string {
  return ms < 10 ? `${ms.toFixed(1)} ms` : ms < 10_000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}
