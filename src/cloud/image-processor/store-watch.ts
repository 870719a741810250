import { Backoff, pause } from '../../platform/backoff.ts';
import type { Log } from '../../platform/log.ts';
import type { Readiness } from '../../platform/service.ts';
import { errorMessage } from '../../platform/sightline-error.ts';
import type { Store } from './stores/store.ts';

export interface StoreWatchOptions {
  readonly store: Store;
  readonly log: Log;
  /** The store can be written to; called again after each time that it could not. */
  readonly onUp: () => void;
  /** @param isCertain False: it may just be slow, and what is being put may yet come to a good end. */
  readonly onDown: (isCertain: boolean) => void;
  readonly onProbeFailed: (error: unknown) => void;
}

/** Knows whether the store can be written to. While it can't, asks again until it can, in growing steps up to half a minute. */
export class StoreWatch {
  readonly #options: StoreWatchOptions;
  readonly #stop = new AbortController();
  #isUp = false;
  #fault = 'not asked yet';
  #probing: Promise<void> | undefined;

  constructor(options: StoreWatchOptions) {
    this.#options = options;
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  /** Begins to ask; does not wait for the answer. */
  start(): void {
    this.#probing = this.#probe();
  }

  /** Somebody has seen that the store can't be written to, or (not certain) that it has not answered for a while. */
  reportDown(reason: string, isCertain = true): void {
    if (!this.#isUp || this.#stop.signal.aborted) return;
    this.#isUp = false;
    this.#noteFault(reason);
    this.#options.onDown(isCertain);
    this.#probing = this.#probe();
  }

  readiness(): Readiness {
    return { name: 'store', ok: this.#isUp, detail: this.#isUp ? this.#options.store.address : this.#fault };
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#probing;
  }

  async #probe(): Promise<void> {
    const { store, log, onUp, onProbeFailed } = this.#options;
    const { signal } = this.#stop;
    const backoff = new Backoff({ firstMs: 500, maxMs: 30_000 });
    // The first look is at once at the start, later after a pause: something just failed.
    for (let isFirst = this.#fault === 'not asked yet'; !signal.aborted; isFirst = false) {
      if (!isFirst) await pause(backoff.next(), signal);
      try {
        await store.probe(signal);
      } catch (error) {
        if (signal.aborted) return;
        onProbeFailed(error);
        this.#noteFault(errorMessage(error));
        continue;
      }
      this.#isUp = true;
      log.info({ store: store.address }, 'store ready');
      return onUp();
    }
  }

  #noteFault(reason: string): void {
    const { store, log } = this.#options;
    // The same fault again is no news.
    log[reason === this.#fault ? 'debug' : 'warn']({ store: store.address, reason }, 'store not ready, trying again');
    this.#fault = reason;
  }
}
