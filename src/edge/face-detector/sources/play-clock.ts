import { setTimeout as sleep } from 'node:timers/promises';

/** A file's time: it starts with the first frame asked for, and does not jump when the machine's clock is set. */
export class PlayClock {
  #startedAtMs: number | undefined;
  #startedMonotonicMs = 0;

  /** The instant that belongs to so many seconds of the file. */
  at(seconds: number): Date {
    return new Date(this.#start() + seconds * 1000);
  }

  /** Seconds of the file that have passed by now. */
  get elapsedSeconds(): number {
    this.#start();
    return (performance.now() - this.#startedMonotonicMs) / 1000;
  }

  /** Waits until so many seconds have passed; returns early, without an error, when the signal is aborted. */
  async until(seconds: number, signal: AbortSignal): Promise<void> {
    const waitMs = (seconds - this.elapsedSeconds) * 1000;
    if (waitMs > 1) await sleep(waitMs, undefined, { signal }).catch(() => undefined);
  }

  #start(): number {
    if (this.#startedAtMs === undefined) {
      this.#startedAtMs = Date.now();
      this.#startedMonotonicMs = performance.now();
    }
    return this.#startedAtMs;
  }
}
