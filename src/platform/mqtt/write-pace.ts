/** Until it was measured, a line is taken to carry 64 kbit/s at least. */
const UNKNOWN_MS_PER_BYTE = 1 / 8;
/** The answer to a smaller packet tells the distance, not the rate. */
const TELLING_BYTES = 16 * 1024;
/** What is later than that is not waiting behind a big packet. */
const MAX_WAIT_MS = 300_000;

/** How long a line needs for what is written to it, from how long acknowledgements took. */
export class WritePace {
  #msPerByte = UNKNOWN_MS_PER_BYTE;
  #largestBytes = 0;
  #lastAnswerAtMs = 0;

  /** A packet goes out. */
  sent(bytes: number): void {
    this.#largestBytes = Math.max(this.#largestBytes, bytes);
  }

  /** Its acknowledgement came: it took no longer than since it was sent, or since the one before it was acknowledged. */
  acknowledged(bytes: number, sentAtMs: number, nowMs: number): void {
    if (bytes >= TELLING_BYTES) this.#msPerByte = (nowMs - Math.max(sentAtMs, this.#lastAnswerAtMs)) / bytes;
    this.#lastAnswerAtMs = nowMs;
  }

  /** Longest silence that is to be expected from the largest packet, with as much again for a line that slows down. */
  get longestMs(): number {
    return Math.min(2 * this.#largestBytes * this.#msPerByte, MAX_WAIT_MS);
  }
}
