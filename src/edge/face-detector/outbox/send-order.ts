import type { Keeper, KeptCapture } from './keeper.ts';

const READ_AHEAD = { maxCaptures: 16, maxBytes: 2 * 2 ** 20 };

/** The order of sending: the oldest first; what was set back, once all others were offered. */
export class SendOrder {
  readonly #keeper: Pick<Keeper, 'pending' | 'status'>;
  /** Captures up to this number were read. */
  #cursor = 0;
  #ahead: KeptCapture[] = [];
  #setBack: string[] = [];
  #restarts = 0;
  #rereads = 0;

  constructor(keeper: Pick<Keeper, 'pending' | 'status'>) {
    this.#keeper = keeper;
  }

  /** A new connection: nothing is under way, all that is pending is offered anew. */
  restart(): void {
    this.#restarts += 1;
    this.#cursor = 0;
    this.#ahead = [];
    this.#setBack = [];
  }

  /** Captures were shed, perhaps of those that were read ahead. */
  reread(): void {
    this.#rereads += 1;
    const [first] = this.#ahead;
    if (first) this.#cursor = first.seq - 1;
    this.#ahead = [];
  }

  /** These are to be offered again, after the others. */
  setBack(ids: readonly string[]): void {
    this.#setBack.push(...ids);
  }

  /** Was everything that is pending offered? */
  get isExhausted(): boolean {
    return this.#ahead.length === 0 && this.#setBack.length === 0 && this.#cursor >= this.#keeper.status.lastSeq;
  }

  /** The next one, or undefined when there is none, or when the order changed meanwhile: then it must be asked again. */
  async next(): Promise<KeptCapture | undefined> {
    if (this.#ahead.length === 0) await this.#readAhead();
    return this.#ahead.shift() ?? (await this.#nextSetBack());
  }

  async #readAhead(): Promise<void> {
    const generation = this.#restarts + this.#rereads;
    const upTo = this.#keeper.status.lastSeq;
    if (this.#cursor >= upTo) return;
    const read = await this.#keeper.pending({ after: this.#cursor, upTo, ...READ_AHEAD });
    if (generation !== this.#restarts + this.#rereads) return;
    this.#cursor = read.at(-1)?.seq ?? upTo;
    this.#ahead.push(...read);
  }

  async #nextSetBack(): Promise<KeptCapture | undefined> {
    const restarts = this.#restarts;
    while (this.#setBack.length > 0) {
      const id = this.#setBack.shift() ?? '';
      const [capture] = await this.#keeper.pending({ ids: [id] });
      // A restart offers it anew.
      if (restarts !== this.#restarts) return undefined;
      if (capture) return { ...capture, sends: Math.max(1, capture.sends) };
    }
    return undefined;
  }
}
