import type { CaptureFacts } from './protocol.ts';
import type { SpoolStatements } from './schema.ts';
import type { SpoolTotals } from './totals.ts';

interface RunSum {
  readonly first: number;
  readonly last: number;
  readonly captured: number;
  readonly seenAt: number;
}

/** A detector numbers its captures from 0 in each of its lives: what is missing up to the last one seen has died in its memory. */
export class RunCounts {
  readonly #sql: SpoolStatements;
  readonly #totals: SpoolTotals;
  readonly #sums = new Map<string, RunSum>();

  constructor(sql: SpoolStatements, totals: SpoolTotals) {
    this.#sql = sql;
    this.#totals = totals;
  }

  add({ run, runSeq }: CaptureFacts, seenAt: number): void {
    if (run === undefined || runSeq === undefined) return;
    const { first, last, captured } = this.#sums.get(run) ?? { first: runSeq, last: runSeq, captured: 0 };
    const sum = { first: Math.min(first, runSeq), last: Math.max(last, runSeq), captured: captured + 1, seenAt };
    this.#sums.set(run, sum);
  }

  /** Writes the sums of the transaction. */
  flush(): void {
    for (const [run, { first, last, captured, seenAt }] of this.#sums) {
      const before = Number(this.#sql.run.get(run)?.last ?? -1);
      this.#sql.addToRun.run(run, first, last, captured, seenAt);
      this.#totals.unkept(Math.max(before, last) - before - captured);
    }
    this.#sums.clear();
  }

  discard(): void {
    this.#sums.clear();
  }
}
