import { atLeast, type Figure } from '../measuring/figure.ts';
import { alternate, ratios, spread } from '../measuring/rounds.ts';
import { median } from '../measuring/statistics.ts';
import { type CarryRun, carry } from './carry-run.ts';
import { bridge, ours, paho } from './contenders.ts';
import { takeIn } from './intake-run.ts';
import { cpuInWords } from './load/cpu-shares.ts';
import type { TransportOptions } from './parts.ts';

const SIZES = [20_000, 40_000];
const OURS = ours('forwarder');
/** Each as it is set up for speed, and as it comes. */
const CONTENDERS = {
  bridge: bridge('bridge', 1000),
  'bridge, inflight 20': bridge('bridge, inflight 20', 20),
  paho: paho('paho', 1000),
  'paho, inflight 20': paho('paho, inflight 20', 20),
  forwarder: OURS,
};
type Name = keyof typeof CONTENDERS;

/** Captures a second from broker to broker: our durable forwarder beside two that keep nothing. */
export async function forwardingFigures({ say, rounds, seconds }: TransportOptions): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const bytes of SIZES) {
    const size = `${bytes / 1000} KB`;
    const programs = Object.fromEntries(
      Object.entries(CONTENDERS).map(([name, contender]) => [name, () => carry(contender, bytes, seconds)]),
    ) as Record<Name, () => Promise<CarryRun>>;
    const runs = await alternate(rounds, programs, (name, run) => {
      const repeats = run.repeats > 0 ? `, ${run.repeats} came again` : '';
      say(`${size}, ${name}: ${run.perSecond.toFixed(0)} a second${repeats}; CPU ms each: ${cpuInWords(run.cpuMs)}`);
    });
    figures.push(
      ...(['bridge', 'paho'] as const).map((rival) => beside(`forwarding ${size}, by ${rival}`, runs, rival)),
    );
    const { heldPerSecond, cpuMs } = await takeIn(OURS, bytes, seconds);
    figures.push({
      name: `taken on disk, ${size}, cloud away`,
      goal: '',
      measured: `${heldPerSecond.toFixed(0)}/s`,
      note: `until \`held\`; CPU ms each: ${cpuInWords(cpuMs)}`,
    });
  }
  return figures;
}

/** @param rival the faster of its two set-ups counts, round by round. */
function beside(name: string, runs: Readonly<Record<Name, readonly CarryRun[]>>, rival: 'bridge' | 'paho'): Figure {
  const perSecond = (contender: Name) => runs[contender].map((run) => run.perSecond);
  const ours = perSecond('forwarder');
  const asItComes = perSecond(`${rival}, inflight 20`);
  const theirs = perSecond(rival).map((rate, round) => Math.max(rate, asItComes[round] ?? 0));
  const byRound = ratios(ours, theirs);
  const last = runs.forwarder.at(-1);
  return {
    name,
    goal: '≥ 1',
    measured: median(byRound).toFixed(2),
    ofGoal: atLeast(median(byRound), 1),
    note: `${median(ours).toFixed(0)} by ${median(theirs).toFixed(0)} a second (as it comes, inflight 20: ${median(asItComes).toFixed(0)}), ${spread(byRound)}${last ? `; CPU ms each: ${cpuInWords(last.cpuMs)}` : ''}`,
  };
}
