const LOOK_EVERY_MS = 500;
/** An object in a bucket takes some tenths of a second; where nothing at all is stored for so long, something hangs. */
const SILENCE_MS = 3_000;
/** A store that has been seen to take long may take so many times as long before it counts as hanging. */
const TIMES_USUAL = 3;
/** A slow put is forgotten by so much with each put after it: to a third within some twenty. */
const USUAL_KEPT = 0.95;

/** Notices when puts are under way and none of them ends well, for longer than puts here are known to take. */
export class SilenceWatch {
  readonly #onSilence: () => void;
  /** When each began, the oldest first. */
  readonly #running = new Map<symbol, number>();
  #succeededAtMs = Number.NEGATIVE_INFINITY;
  #usualMs = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(onSilence: () => void) {
    this.#onSilence = onSilence;
  }

  /** Call when a put begins; call the result when it has ended. */
  begin(): (isSuccess: boolean) => void {
    const put = Symbol('put');
    const beganAtMs = performance.now();
    this.#running.set(put, beganAtMs);
    this.#timer ??= setInterval(() => this.#look(), LOOK_EVERY_MS);
    return (isSuccess) => {
      this.#running.delete(put);
      if (isSuccess) {
        this.#succeededAtMs = performance.now();
        this.#usualMs = Math.max(this.#succeededAtMs - beganAtMs, this.#usualMs * USUAL_KEPT);
      }
      this.#restWhenIdle();
    };
  }

  /** What is running no longer counts as silence; how long it took is still learned from it. */
  forget(): void {
    this.#running.clear();
    this.#restWhenIdle();
  }

  #look(): void {
    const [oldestAtMs = Number.POSITIVE_INFINITY] = this.#running.values();
    const silentMs = performance.now() - Math.max(oldestAtMs, this.#succeededAtMs);
    if (silentMs >= Math.max(SILENCE_MS, TIMES_USUAL * this.#usualMs)) this.#onSilence();
  }

  #restWhenIdle(): void {
    if (this.#running.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
