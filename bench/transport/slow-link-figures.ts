import { atLeast, atMost, type Figure } from '../measuring/figure.ts';
import type { TransportOptions } from './parts.ts';
import { runSlowLink, type SlowLinkRun } from './slow-link-run.ts';

const UTILISATION = 0.85;

/** What a line of 256 kbit/s and 600 ms there and back is used for, and whether our own impatience breaks it. */
export async function slowLinkFigures({ say, slowLinkSeconds }: TransportOptions): Promise<Figure[]> {
  say(`256 kbit/s, 600 ms: ${slowLinkSeconds} s, with captures of 40 KB, then with one of 1 MB among them`);
  // One after the other: brokers are told apart by the order of their start.
  const small = await runSlowLink(slowLinkSeconds, false);
  const large = await runSlowLink(slowLinkSeconds, true);
  return [...figuresOf('40 KB', small, 0), ...figuresOf('40 KB and one of 1 MB', large, 1)];
}

function figuresOf(name: string, run: SlowLinkRun, expectedLarge: number): Figure[] {
  const { utilisation, captures, repeats, reconnects, large } = run;
  return [
    {
      name: `slow link used, ${name}`,
      goal: `≥ ${UTILISATION * 100} %`,
      measured: `${(utilisation * 100).toFixed(1)} %`,
      ofGoal: large < expectedLarge ? Number.NaN : atLeast(utilisation, UTILISATION),
      note: `${captures} captures came, ${repeats} again${expectedLarge > 0 ? `, ${large} of 1 MB` : ''}`,
    },
    {
      name: `slow link, connections lost, ${name}`,
      goal: '0',
      measured: String(reconnects),
      ofGoal: atMost(reconnects, 0),
    },
  ];
}
