import { timesOf } from './process-status.ts';

export interface Cost {
  /** User and system time of the process and all that it started. */
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
}

/**
 * What a program costs: `run` must start it as a child of this process and resolve when it has ended. Whatever else of this process's
 * children ends meanwhile is counted too, so nothing else may.
 */
export async function costOf<Result>(run: () => Promise<Result>): Promise<Cost & { readonly result: Result }> {
  const before = timesOf('self').endedChildrenSeconds;
  const startedMs = performance.now();
  const result = await run();
  return {
    result,
    cpuSeconds: timesOf('self').endedChildrenSeconds - before,
    wallSeconds: (performance.now() - startedMs) / 1000,
  };
}
