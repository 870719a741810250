import type { CaptureFacts } from './protocol.ts';
import type { SpoolStatements } from './schema.ts';
import type { SpoolTotals } from './totals.ts';

const MAX_SEQ = 1_000_000_000;

interface RunSum {
  readonly first: number;
  readonly last: number;
  readonly captured: number;
  readonly seenAt: number;
}

/** A detector numbers its captures in each of its lives: what is missing between the first and the last that came has died in its memory. */
export class RunCounts {
  readonly #sql: SpoolStatements;
  readonly #totals: SpoolTotals;
  readonly #sums = new Map<string, RunSum>();

  constructor(sql: SpoolStatements, totals: SpoolTotals) {
    this.#sql = sql;
    this.#totals = totals;
  }

  add({ run, runSeq }: CaptureFacts, seenAt: number): void {
    // A number that no detector can have reached would be believed to hide a billion captures.
    if (run === undefined || runSeq === undefined || runSeq > MAX_SEQ) return;
    const { first, last, captured } = this.#sums.get(run) ?? { first: runSeq, last: runSeq, captured: 0 };
    const sum = { first: Math.min(first, runSeq), last: Math.max(last, runSeq), captured: captured + 1, seenAt };
    this.#sums.set(run, sum);
  }

  /** Writes the sums of the transaction. */
  flush(): void {
    for (const [run, { first, last, captured, seenAt }] of this.#sums) {
      const before = this.#sql.run.get(run) as { first: number; last: number } | undefined;
      this.#sql.addToRun.run(run, first, last, captured, seenAt);
      const span = Math.max(before?.last ?? last, last) - Math.min(before?.first ?? first, first) + 1;
      this.#totals.unkept(span - (before ? before.last - before.first + 1 : 0) - captured);
    }
    this.#sums.clear();
  }

  discard(): void {
    this.#sums.clear();
  }
}
