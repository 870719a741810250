/** Cameras jitter: a frame that comes a little early still counts as due. */
const EARLY = 0.15;

/** Lets at most `fps` frames a second through, on average exactly so many when more arrive. */
export class RateLimit {
  readonly #intervalMs: number;
  #dueMs = Number.NEGATIVE_INFINITY;

  /** @param fps undefined: every frame */
  constructor(fps: number | undefined) {
    this.#intervalMs = fps === undefined ? 0 : 1000 / fps;
  }

  /** @param atMs when the frame was taken, on any clock that does not jump back */
  admits(atMs: number): boolean {
    if (this.#intervalMs === 0) return true;
    if (atMs < this.#dueMs - this.#intervalMs * EARLY) return false;
    const next = this.#dueMs + this.#intervalMs;
    this.#dueMs = next > atMs ? next : atMs + this.#intervalMs;
    return true;
  }
}
