import type { Cost } from './cpu-of.ts';
import { median } from './statistics.ts';

/** One program's runs, in the order of the rounds. */
export interface Measured<Run extends Cost = Cost> {
  /** On the whole video. */
  readonly runs: readonly Run[];
  /** On its first frame alone: what it costs to start and end. */
  readonly starts: readonly Cost[];
  readonly frames: number;
}

/** Cost of each frame but the first, in milliseconds of processor time, round by round. */
export function cpuMsPerFrame({ runs, starts, frames }: Measured): number[] {
  const start = startSeconds({ starts });
  return runs.map(({ cpuSeconds }) => ((cpuSeconds - start) * 1000) / (frames - 1));
}

export function startSeconds({ starts }: Pick<Measured, 'starts'>): number {
  return median(starts.map(({ cpuSeconds }) => cpuSeconds));
}

/** Round by round, as the machine was then; the median is what counts. */
export function ratios(ours: readonly number[], theirs: readonly number[]): number[] {
  return ours.map((value, round) => value / (theirs[round] as number));
}

/** `rounds 1.10–1.19`: a goal that lies between them is neither surely reached nor surely missed. */
export function spread(values: readonly number[]): string {
  return `rounds ${Math.min(...values).toFixed(3)}–${Math.max(...values).toFixed(3)}`;
}

/** `12.3 (min 11.9)` */
export function medianAndMin(values: readonly number[], digits: number): string {
  return `${median(values).toFixed(digits)} (min ${Math.min(...values).toFixed(digits)})`;
}

/** Runs each program once in each round, one after the other, so that all see the machine in the same moods. */
export async function alternate<Name extends string, Run>(
  rounds: number,
  programs: Readonly<Record<Name, () => Promise<Run>>>,
  note: (name: Name, run: Run) => void,
): Promise<Record<Name, Run[]>> {
  const names = Object.keys(programs) as Name[];
  const done = Object.fromEntries(names.map((name) => [name, [] as Run[]])) as Record<Name, Run[]>;
  for (let round = 0; round < rounds; round += 1) {
    for (const name of names) {
      const run = await programs[name]();
      done[name].push(run);
      note(name, run);
    }
  }
  return done;
}
