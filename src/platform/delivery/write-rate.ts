/** What is taken for the rate before one was measured, in bytes per millisecond: 64 kbit/s. */
const UNKNOWN_BYTES_PER_MS = 8;
/** However fast the link was, it is given this long for what it still has: it may have become slow. */
const LEAST_BYTES_PER_MS = 64;
/** How much slower than measured a link may become before what it has is taken for lost. */
const PATIENCE = 4;
/** Of what was measured before, how much still counts at each new measurement. */
const MEMORY = 0.9;
/** Bytes that take longer than this to leave are as well kept here: what is written can't be overtaken, and a cut loses it. */
const MAX_QUEUE_MS = 2_000;

/**
 * How fast a broker takes what is sent, from its acknowledgements. On a slow link a capture may take a minute to leave: that is no reason
 * to send it again, and a reason to put no more behind it.
 */
export class WriteRate {
  #ms = 0;
  #bytes = 0;
  #acknowledgedAtMs = Number.NEGATIVE_INFINITY;
  #quickestMs = Number.POSITIVE_INFINITY;

  /** The broker has taken so many bytes that were handed over at `sentAtMs`. */
  acknowledged(bytes: number, sentAtMs: number, nowMs: number): void {
    // Acknowledgements come in the order of sending: before the last one, the link was busy with what that one was for.
    this.#ms = MEMORY * this.#ms + Math.max(0, nowMs - Math.max(sentAtMs, this.#acknowledgedAtMs));
    this.#bytes = MEMORY * this.#bytes + bytes;
    this.#acknowledgedAtMs = nowMs;
    this.#quickestMs = Math.min(this.#quickestMs, nowMs - sentAtMs);
  }

  /** A new connection: the way may be another. */
  restart(): void {
    this.#quickestMs = Number.POSITIVE_INFINITY;
  }

  /** When what was handed over at `sentAtMs`, among so many bytes that were not acknowledged, must have left at the latest. */
  mustHaveLeftAtMs(sentAtMs: number, bytes: number): number {
    const msPerByte =
      this.#bytes === 0
        ? 1 / UNKNOWN_BYTES_PER_MS
        : Math.max((PATIENCE * this.#ms) / this.#bytes, 1 / LEAST_BYTES_PER_MS);
    return Math.max(sentAtMs, this.#acknowledgedAtMs) + bytes * msPerByte;
  }

  /** Would so many bytes, not acknowledged yet, keep the link busy longer than is good? */
  isEnough(bytes: number): boolean {
    if (this.#bytes === 0) return bytes / UNKNOWN_BYTES_PER_MS > MAX_QUEUE_MS;
    return (bytes * this.#ms) / this.#bytes > MAX_QUEUE_MS + this.#quickestMs;
  }
}
