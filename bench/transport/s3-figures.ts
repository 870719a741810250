import { atLeast, type Figure } from '../measuring/figure.ts';
import { alternate, ratios, spread } from '../measuring/rounds.ts';
import { median } from '../measuring/statistics.ts';
import { cpuInWords } from './load/cpu-shares.ts';
import type { TransportOptions } from './parts.ts';
import { putByProcessor, putBySdk } from './s3-run.ts';

const OF_SDK = 0.9;
/** What a put of 40 KB takes in Amazon's S3 from the same region, about; 0: what the processor's own work allows. */
const LATENCIES_MS = [30, 0];

/** Objects a second that one image-processor writes, beside a bare loop of the SDK with as many puts at a time. */
export async function s3Figures({ say, rounds, seconds }: TransportOptions): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const latencyMs of LATENCIES_MS) {
    const programs = {
      sdk: () => putBySdk(latencyMs, seconds),
      processor: () => putByProcessor(latencyMs, seconds),
    };
    const runs = await alternate(rounds, programs, (name, { perSecond, cpuMs }) => {
      say(`S3 after ${latencyMs} ms, ${name}: ${perSecond.toFixed(0)} a second; CPU ms each: ${cpuInWords(cpuMs)}`);
    });
    const [theirs, ours] = [runs.sdk, runs.processor].map((list) => list.map(({ perSecond }) => perSecond)) as [
      number[],
      number[],
    ];
    const byRound = ratios(ours, theirs);
    const isGoal = latencyMs > 0;
    figures.push({
      name: `objects into S3, by the SDK alone, ${latencyMs} ms`,
      goal: isGoal ? `≥ ${OF_SDK}` : '',
      measured: median(byRound).toFixed(2),
      ...(isGoal ? { ofGoal: atLeast(median(byRound), OF_SDK) } : {}),
      note: `${median(ours).toFixed(0)} by ${median(theirs).toFixed(0)} a second, ${spread(byRound)}`,
    });
  }
  return figures;
}
