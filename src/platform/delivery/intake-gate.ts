/** Bounds what is in memory between a socket and a slower effect: enter() waits while too much is inside. */
export class IntakeGate {
  readonly #maxItems: number;
  readonly #maxBytes: number;
  #items = 0;
  #bytes = 0;
  #changed: (() => void)[] = [];

  constructor(maxItems: number, maxBytes: number) {
    this.#maxItems = maxItems;
    this.#maxBytes = maxBytes;
  }

  /** Resolves once there is room; a single item of any size always has. Call the result when the item is done. */
  async enter(bytes: number): Promise<() => void> {
    while (this.#items > 0 && (this.#items >= this.#maxItems || this.#bytes + bytes > this.#maxBytes)) {
      await this.#nextChange();
    }
    this.#items += 1;
    this.#bytes += bytes;
    return () => {
      this.#items -= 1;
      this.#bytes -= bytes;
      for (const wake of this.#changed.splice(0)) wake();
    };
  }

  /** How many are inside. */
  get items(): number {
    return this.#items;
  }

  /** Resolves when nothing is inside. */
  async empty(): Promise<void> {
    while (this.#items > 0) await this.#nextChange();
  }

  async #nextChange(): Promise<void> {
    await new Promise<void>((resolve) => this.#changed.push(resolve));
  }
}
