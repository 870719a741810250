import { readLoadId } from './load-id.ts';

interface Seen {
  /** One place for each capture of a generator. */
  marks: Uint8Array;
  captures: number;
  repeats: number;
  latenciesMs: number[];
  finishedAtMs: number;
}

export interface TallyTotals {
  /** Different ones. */
  readonly captures: number;
  /** Those that had come before. */
  readonly repeats: number;
}

/** Counts captures by their load id, each once, and how old they were when they came. */
export class Tally {
  readonly #generators = new Map<number, Seen>();
  #captures = 0;
  #repeats = 0;

  /** @returns whether it is the first of this id. */
  add(id: string): boolean {
    const { generator, seq, atMs } = readLoadId(id);
    const seen = this.#of(generator);
    if (seq >= seen.marks.length) {
      const grown = new Uint8Array(Math.max(seq + 1, seen.marks.length * 2));
      grown.set(seen.marks);
      seen.marks = grown;
    }
    if (seen.marks[seq] === 1) {
      seen.repeats += 1;
      this.#repeats += 1;
      return false;
    }
    seen.marks[seq] = 1;
    seen.captures += 1;
    this.#captures += 1;
    seen.finishedAtMs = Date.now();
    seen.latenciesMs.push(seen.finishedAtMs - atMs);
    return true;
  }

  get totals(): TallyTotals {
    return { captures: this.#captures, repeats: this.#repeats };
  }

  /** Of one generator, since the last call: the age of each capture when it came first. */
  takeLatenciesMs(generator: number): number[] {
    return this.#of(generator).latenciesMs.splice(0);
  }

  capturesOf(generator: number): number {
    return this.#of(generator).captures;
  }

  /** When the newest of each generator's captures came, Unix milliseconds. */
  get finishedAtMs(): ReadonlyMap<number, number> {
    return new Map([...this.#generators].map(([generator, { finishedAtMs }]) => [generator, finishedAtMs]));
  }

  #of(generator: number): Seen {
    const known = this.#generators.get(generator);
    if (known) return known;
    const fresh = { marks: new Uint8Array(1024), captures: 0, repeats: 0, latenciesMs: [], finishedAtMs: 0 };
    this.#generators.set(generator, fresh);
    return fresh;
  }
}
