/** What is needed of a socket. */
export interface CorkableStream {
  cork(): void;
  uncork(): void;
}

/** What is written in one turn of the event loop goes out in one call: an acknowledgement of four bytes costs as much as a capture. */
export class WriteGathering {
  readonly #stream: () => CorkableStream;
  #isGathering = false;

  /** @param stream Asked at each turn: there is none yet before the connection begins. */
  constructor(stream: () => CorkableStream) {
    this.#stream = stream;
  }

  /** Something will be written in this turn. */
  begin(): void {
    if (this.#isGathering) return;
    this.#isGathering = true;
    const stream = this.#stream();
    stream.cork();
    setImmediate(() => {
      this.#isGathering = false;
      stream.uncork();
    });
  }
}
