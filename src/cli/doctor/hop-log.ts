import type { Fault, Hop, HopName } from './hop.ts';

/** Notes each hop with its times and tells it at once. */
export class HopLog {
  readonly hops: Hop[] = [];
  readonly remarks: string[] = [];
  readonly #onHop: (hop: Hop) => void;
  readonly #startedAtMs = performance.now();
  #lastAtMs = this.#startedAtMs;

  constructor(onHop: (hop: Hop) => void) {
    this.#onHop = onHop;
  }

  reach(name: HopName, words: string, atMs = performance.now()): true {
    this.#tell({ name, state: 'ok', words, ...this.#times(atMs) });
    return true;
  }

  /** Nothing was waited for. */
  pass(name: HopName, state: 'unseen' | 'skipped', words: string): void {
    this.#tell({ name, state, words, ...this.#times(this.#lastAtMs) });
  }

  fail(name: HopName, fault: Fault, atMs = performance.now()): false {
    this.#tell({ name, state: 'failed', words: fault.got, fault, ...this.#times(atMs) });
    return false;
  }

  remark(words: string): void {
    this.remarks.push(words);
  }

  #times(atMs: number): Pick<Hop, 'tookMs' | 'atMs'> {
    // What two brokers tell may come in another order than it happened.
    const tookMs = Math.max(0, atMs - this.#lastAtMs);
    this.#lastAtMs = Math.max(this.#lastAtMs, atMs);
    return { tookMs: round(tookMs), atMs: round(this.#lastAtMs - this.#startedAtMs) };
  }

  #tell(hop: Hop): void {
    this.hops.push(hop);
    this.#onHop(hop);
  }
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10;
}
