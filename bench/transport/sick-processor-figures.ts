import { atMost, type Figure } from '../measuring/figure.ts';
import { percentile } from '../measuring/statistics.ts';
import type { TransportOptions } from './parts.ts';
import { LEAVE_MS, runSickProcessor } from './sick-processor-run.ts';

/** Noticed within a quarter of the keepalive (7.5 s), sent again, stored by the other one. */
const SLOWEST_MS = 12_000;
const AFTERWARDS_MS = 2_000;

/** Whether anything waits for a processor whose store hangs, while there is another one. */
export async function sickProcessorFigures({ say }: TransportOptions): Promise<Figure[]> {
  say('two processors, of which one has a store that begins to hang');
  const { captures, earlyLatenciesMs, lateLatenciesMs, missing, bySick } = await runSickProcessor();
  const slowest = Math.max(...earlyLatenciesMs);
  const slowestLate = Math.max(...lateLatenciesMs);
  return [
    {
      name: 'a store hangs: captures without an object',
      goal: '0',
      measured: String(missing),
      ofGoal: atMost(missing, 0),
      note: `${captures} captures; the sick one had stored ${bySick} before`,
    },
    {
      name: 'a store hangs: the slowest capture',
      goal: `≤ ${SLOWEST_MS / 1000} s`,
      measured: `${(slowest / 1000).toFixed(1)} s`,
      ofGoal: atMost(slowest, SLOWEST_MS),
      note: `p50 ${percentile(earlyLatenciesMs, 50).toFixed(0)} ms, p90 ${percentile(earlyLatenciesMs, 90).toFixed(0)} ms of ${earlyLatenciesMs.length}`,
    },
    {
      name: `– of those made ${LEAVE_MS / 1000} s later`,
      goal: `≤ ${AFTERWARDS_MS / 1000} s`,
      measured: `${(slowestLate / 1000).toFixed(1)} s`,
      ofGoal: atMost(slowestLate, AFTERWARDS_MS),
      note: `p50 ${percentile(lateLatenciesMs, 50).toFixed(0)} ms of ${lateLatenciesMs.length}`,
    },
  ];
}
