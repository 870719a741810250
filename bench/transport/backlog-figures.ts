import { atLeast, atMost, type Figure } from '../measuring/figure.ts';
import type { MemoryPeak } from '../measuring/memory-watch.ts';
import { percentile } from '../measuring/statistics.ts';
import { runBacklog } from './backlog-run.ts';
import type { TransportOptions } from './parts.ts';

const BYTES = 40_000;
const MEBIBYTE = 2 ** 20;
const MEMORY_MIB = 150;
const OF_BARE = 0.9;
const LIVE_MS = 2_000;
const START_MS = 2_000;

/** What a long outage leaves behind: its memory, how fast it goes, and whether it holds up what comes meanwhile. */
export async function backlogFigures({ say, backlog, seconds }: TransportOptions): Promise<Figure[]> {
  say(`a backlog of ${backlog} captures of 40 KB`);
  const run = await runBacklog(backlog, BYTES, seconds, say);
  const memory = (name: string, { peakBytes, fileBytes }: MemoryPeak): Figure => ({
    name: `memory, ${name} ${backlog}`,
    goal: `≤ ${MEMORY_MIB} MiB`,
    measured: `${(peakBytes / MEBIBYTE).toFixed(0)} MiB`,
    ofGoal: atMost(peakBytes / MEBIBYTE, MEMORY_MIB),
    note: `${(fileBytes / MEBIBYTE).toFixed(0)} MiB of them files such as Node's own program`,
  });
  const slowestLive = Math.max(...run.liveLatenciesMs);
  return [
    memory('while taking in', run.fillMemory),
    memory('while draining', run.drainMemory),
    {
      name: 'drain, by a bare mqtt.js to the same sink',
      goal: `≥ ${OF_BARE}`,
      measured: (run.drainPerSecond / run.barePerSecond).toFixed(2),
      ofGoal: atLeast(run.drainPerSecond / run.barePerSecond, OF_BARE),
      note: `${run.drainPerSecond.toFixed(0)} by ${run.barePerSecond.toFixed(0)} a second; ${run.repeats} came again, ${run.missing} never; taken in: ${run.fillPerSecond.toFixed(0)} a second`,
    },
    {
      name: 'live captures meanwhile, the slowest',
      goal: `≤ ${LIVE_MS} ms`,
      measured: `${slowestLive} ms`,
      ofGoal: atMost(slowestLive, LIVE_MS),
      note: `p50 ${percentile(run.liveLatenciesMs, 50).toFixed(0)} ms of ${run.liveLatenciesMs.length}, publish to sink`,
    },
    {
      name: 'start with the backlog, to ready',
      goal: `≤ ${START_MS} ms`,
      measured: `${run.readyAfterMs.toFixed(0)} ms`,
      ofGoal: atMost(run.readyAfterMs, START_MS),
      note: `first capture at the sink after ${run.firstAfterMs.toFixed(0)} ms`,
    },
  ];
}
