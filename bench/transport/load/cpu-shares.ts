import { timesOf } from '../../measuring/process-status.ts';

export type Pids = Readonly<Record<string, number>>;
/** Seconds of processor time by process, so far. */
export type CpuSeconds = Readonly<Record<string, number>>;

export function cpuSecondsOf(pids: Pids): CpuSeconds {
  return Object.fromEntries(Object.entries(pids).map(([name, pid]) => [name, timesOf(pid).ownSeconds]));
}

/** Milliseconds of processor time that each process used for each capture between two looks. */
export function cpuMsPerCapture(before: CpuSeconds, after: CpuSeconds, captures: number): CpuSeconds {
  return Object.fromEntries(
    Object.entries(after).map(([name, seconds]) => [name, ((seconds - (before[name] ?? 0)) * 1000) / captures]),
  );
}

/** `generator 0.02, edge broker 0.05` */
export function cpuInWords(cpuMs: CpuSeconds): string {
  return Object.entries(cpuMs)
    .map(([name, ms]) => `${name} ${ms.toFixed(ms < 0.1 ? 3 : 2)}`)
    .join(', ');
}
