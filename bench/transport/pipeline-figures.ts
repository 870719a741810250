import { atLeast, atMost, type Figure } from '../measuring/figure.ts';
import { percentile } from '../measuring/statistics.ts';
import { cpuInWords } from './load/cpu-shares.ts';
import type { TransportOptions } from './parts.ts';
import { runPipeline } from './pipeline-run.ts';

const BYTES = 40_000;
const PER_SECOND = 500;
const P99_MS = 250;

/** Edge broker to folder store through everything. */
export async function pipelineFigures({ say, pipelineSeconds }: TransportOptions): Promise<Figure[]> {
  say(`edge broker to folder store: ${pipelineSeconds} s of all it takes, then ${PER_SECOND / 2} a second`);
  const { perSecond, slowestSecond, cpuMs, latenciesMs, published, objects } = await runPipeline(
    ...([BYTES, pipelineSeconds, PER_SECOND / 2] as const),
  );
  const p99 = percentile(latenciesMs, 99);
  return [
    {
      name: 'edge broker to folder store, 40 KB',
      goal: `≥ ${PER_SECOND}/s`,
      measured: `${perSecond.toFixed(0)}/s`,
      ofGoal: atLeast(perSecond, PER_SECOND),
      note: `over ${pipelineSeconds} s, slowest second ${slowestSecond.toFixed(0)}; CPU ms each: ${cpuInWords(cpuMs)}`,
    },
    {
      name: `publish to stored receipt, ${PER_SECOND / 2}/s, p99`,
      goal: `≤ ${P99_MS} ms`,
      measured: `${p99.toFixed(0)} ms`,
      ofGoal: atMost(p99, P99_MS),
      note: `p50 ${percentile(latenciesMs, 50).toFixed(0)} ms, slowest ${Math.max(...latenciesMs)} ms, of ${latenciesMs.length}`,
    },
    {
      name: 'captures without an object of their own',
      goal: '0',
      measured: String(published - objects),
      ofGoal: atMost(Math.abs(published - objects), 0),
      note: `${published} published, ${objects} objects`,
    },
  ];
}
