const LOOK_EVERY_MS = 500;
/** An object in a bucket takes some tenths of a second; where nothing at all is stored for so long, something hangs. */
const SILENCE_MS = 3_000;

/** Notices when puts are under way and none of them ends well. */
export class SilenceWatch {
  readonly #onSilence: (silentMs: number) => void;
  readonly #running = new Map<symbol, number>();
  #succeededAtMs = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;

  constructor(onSilence: (silentMs: number) => void) {
    this.#onSilence = onSilence;
  }

  /** Call when a put begins; call the result when it has ended. */
  begin(): (isSuccess: boolean) => void {
    const put = Symbol('put');
    this.#running.set(put, performance.now());
    this.#timer ??= setInterval(() => this.#look(), LOOK_EVERY_MS);
    return (isSuccess) => {
      this.#running.delete(put);
      if (isSuccess) this.#succeededAtMs = performance.now();
      if (this.#running.size > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
    };
  }

  #look(): void {
    const [oldestAtMs = Number.POSITIVE_INFINITY] = this.#running.values();
    const silentMs = performance.now() - Math.max(oldestAtMs, this.#succeededAtMs);
    if (silentMs >= SILENCE_MS) this.#onSilence(silentMs);
  }
}
