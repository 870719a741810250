export interface WindowLimits {
  readonly maxMessages: number;
  readonly maxBytes: number;
}

interface Waiting {
  readonly bytes: number;
  readonly enter: () => void;
}

/**
 * Bounds what is in memory at the same time, in messages and bytes; who does not fit waits in order of coming. A message larger than
 * all bytes goes when it is alone.
 */
export class MemoryWindow {
  readonly #limits: WindowLimits;
  readonly #waiting = new Set<Waiting>();
  #messages = 0;
  #bytes = 0;
  #whenEmpty = Promise.withResolvers<void>();

  constructor(limits: WindowLimits) {
    this.#limits = limits;
    this.#whenEmpty.resolve();
  }

  get messages(): number {
    return this.#messages;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Resolves with a function that gives the place back; at once when there is room.
   * @throws the signal's reason, having taken nothing.
   */
  async enter(bytes: number, signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    if (this.#waiting.size === 0 && this.#hasRoom(bytes)) return this.#take(bytes);
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        bytes,
        enter: () => {
          signal.removeEventListener('abort', leave);
          resolve(this.#take(bytes));
        },
      };
      const leave = () => {
        this.#waiting.delete(waiting);
        reject(signal.reason);
        this.#admit();
      };
      signal.addEventListener('abort', leave, { once: true });
      this.#waiting.add(waiting);
    });
  }

  /** Resolves when nobody is inside. */
  whenEmpty(): Promise<void> {
    return this.#whenEmpty.promise;
  }

  #take(bytes: number): () => void {
    if (this.#messages === 0) this.#whenEmpty = Promise.withResolvers();
    this.#messages += 1;
    this.#bytes += bytes;
    let isInside = true;
    return () => {
      if (!isInside) return;
      isInside = false;
      this.#messages -= 1;
      this.#bytes -= bytes;
      this.#admit();
      if (this.#messages === 0) this.#whenEmpty.resolve();
    };
  }

  #admit(): void {
    for (const waiting of this.#waiting) {
      if (!this.#hasRoom(waiting.bytes)) return;
      this.#waiting.delete(waiting);
      waiting.enter();
    }
  }

  #hasRoom(bytes: number): boolean {
    const { maxMessages, maxBytes } = this.#limits;
    return this.#messages === 0 || (this.#messages < maxMessages && this.#bytes + bytes <= maxBytes);
  }
}
