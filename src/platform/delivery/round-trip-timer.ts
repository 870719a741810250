const MIN_TIMEOUT_MS = 2_000;
const MAX_TIMEOUT_MS = 300_000;
/** Before anything was measured: a receipt comes through two brokers and a write to a store. */
const FIRST_TIMEOUT_MS = 5_000;

/** When a receipt is late, from measured round trips as TCP's retransmission timer (RFC 6298 §2), doubled at each timeout (§5.5). */
export class RoundTripTimer {
  #smoothedMs: number | undefined;
  #variationMs = 0;
  #doublings = 0;

  measured(roundTripMs: number): void {
    if (this.#smoothedMs === undefined) {
      this.#smoothedMs = roundTripMs;
      this.#variationMs = roundTripMs / 2;
    } else {
      this.#variationMs = 0.75 * this.#variationMs + 0.25 * Math.abs(this.#smoothedMs - roundTripMs);
      this.#smoothedMs = 0.875 * this.#smoothedMs + 0.125 * roundTripMs;
    }
    this.#doublings = 0;
  }

  timedOut(): void {
    this.#doublings = Math.min(this.#doublings + 1, 10);
  }

  get timeoutMs(): number {
    const base = this.#smoothedMs === undefined ? FIRST_TIMEOUT_MS : this.#smoothedMs + 4 * this.#variationMs;
    return Math.min(MAX_TIMEOUT_MS, Math.max(MIN_TIMEOUT_MS, base) * 2 ** this.#doublings);
  }
}
