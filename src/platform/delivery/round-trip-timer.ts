const MIN_TIMEOUT_MS = 2_000;
/** Doubling ends here, or every probe of a long outage would be waited for as long as the pause between two of them. */
const MAX_DOUBLED_MS = 60_000;
const MAX_TIMEOUT_MS = 300_000;
/**
 * Before anything was measured. A thousand devices that come back together put 4 captures each before two processors of 400/s: the last
 * receipt of these comes after 5 s.
 */
const FIRST_TIMEOUT_MS = 5_000;
/** A minimum older than this is no longer the way's own length. */
const QUICKEST_KEPT_MS = 60_000;
/** Where receipts take this much longer than the quickest, captures wait in a queue: more of them under way would only lengthen it. */
const QUEUE_FACTOR = 1.25;
const QUEUE_MS = 250;

/** When a receipt is late, from measured times as TCP's retransmission timer (RFC 6298 §2), doubled at each timeout (§5.5). */
export class RoundTripTimer {
  #smoothedMs: number | undefined;
  #variationMs = 0;
  #doublings = 0;
  #quickestMs = Number.POSITIVE_INFINITY;
  #quickestAtMs = Number.NEGATIVE_INFINITY;

  measured(roundTripMs: number, nowMs: number): void {
    if (this.#smoothedMs === undefined) {
      this.#smoothedMs = roundTripMs;
      this.#variationMs = roundTripMs / 2;
    } else {
      this.#variationMs = 0.75 * this.#variationMs + 0.25 * Math.abs(this.#smoothedMs - roundTripMs);
      this.#smoothedMs = 0.875 * this.#smoothedMs + 0.125 * roundTripMs;
    }
    this.#doublings = 0;
    if (roundTripMs <= this.#quickestMs || nowMs - this.#quickestAtMs > QUICKEST_KEPT_MS) {
      this.#quickestMs = roundTripMs;
      this.#quickestAtMs = nowMs;
    }
  }

  timedOut(): void {
    this.#doublings = Math.min(this.#doublings + 1, 10);
  }

  /** Do receipts take so long that captures must be waiting in a queue on the way (as TCP Vegas tells it)? */
  get showsQueue(): boolean {
    return (this.#smoothedMs ?? 0) > QUEUE_FACTOR * this.#quickestMs + QUEUE_MS;
  }

  get timeoutMs(): number {
    const measuredMs = this.#smoothedMs === undefined ? FIRST_TIMEOUT_MS : this.#smoothedMs + 4 * this.#variationMs;
    const baseMs = Math.min(MAX_TIMEOUT_MS, Math.max(MIN_TIMEOUT_MS, measuredMs));
    return Math.max(baseMs, Math.min(MAX_DOUBLED_MS, baseMs * 2 ** this.#doublings));
  }
}
