import { Backoff, pause } from '../../platform/backoff.ts';
import type { Log } from '../../platform/log.ts';
import type { Readiness } from '../../platform/service.ts';
import { errorMessage } from '../../platform/sightline-error.ts';
import type { Store } from './stores/store.ts';

export interface StoreWatchOptions {
  readonly store: Store;
  readonly log: Log;
  /** Resolves when something can be taken; rejects when the signal is aborted. Before that it is no use to come back. */
  readonly whenRoom: (signal: AbortSignal) => Promise<void>;
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
  /** Grows with each return until something is stored: a probe may succeed where images hang, and each return swallows some. */
  readonly #returning = new Backoff({ firstMs: 500, maxMs: 300_000, random: () => 0.5 + Math.random() / 2 });
  #isUp = false;
  #fault = 'not asked yet';
  /** What the log said last; undefined: that the store is ready. */
  #toldFault: string | undefined = this.#fault;
  #probing: Promise<void> | undefined;
  /** Aborted when something is stored while it is asked: no probe could say it better, and a slow one would only be waited for. */
  #stored = new AbortController();

  constructor(options: StoreWatchOptions) {
    this.#options = options;
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  /** Begins to ask; does not wait for the answer. */
  start(): void {
    this.#probing = this.#probe(0);
  }

  /** Somebody has seen that the store can't be written to, or (not certain) that it has not answered for a while. */
  reportDown(reason: string, isCertain = true): void {
    if (!this.#isUp || this.#stop.signal.aborted) return;
    this.#isUp = false;
    this.#noteFault(reason);
    this.#options.onDown(isCertain);
    this.#stored = new AbortController();
    this.#probing = this.#probe(this.#returning.next());
  }

  /** The store has answered a put of an image, as no probe can prove it. */
  reportStored(): void {
    this.#returning.reset();
    if (this.#isUp) this.#tellReady();
    else this.#stored.abort();
  }

  readiness(): Readiness {
    return { name: 'store', ok: this.#isUp, detail: this.#isUp ? this.#options.store.address : this.#fault };
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#probing;
  }

  async #probe(firstPauseMs: number): Promise<void> {
    const { store, whenRoom, onProbeFailed } = this.#options;
    const stop = this.#stop.signal;
    const stored = this.#stored.signal;
    const enough = AbortSignal.any([stop, stored]);
    const backoff = new Backoff({ firstMs: 500, maxMs: 30_000 });
    if (firstPauseMs > 0) await pause(firstPauseMs, enough);
    for (; !stop.aborted; await pause(backoff.next(), enough)) {
      try {
        if (!stored.aborted) await store.probe(enough);
      } catch (error) {
        if (!enough.aborted) {
          onProbeFailed(error);
          this.#noteFault(errorMessage(error));
          continue;
        }
      }
      await whenRoom(stop).catch(() => undefined);
      if (!stop.aborted) this.#comeUp();
      return;
    }
  }

  #comeUp(): void {
    this.#isUp = true;
    // Nobody should read that it is ready last, and then find that nothing is stored.
    if (this.#returning.attempts <= 1) this.#tellReady();
    this.#options.onUp();
  }

  #tellReady(): void {
    if (this.#toldFault === undefined) return;
    this.#toldFault = undefined;
    this.#options.log.info({ store: this.#options.store.address }, 'store ready');
  }

  #noteFault(reason: string): void {
    const { store, log } = this.#options;
    // The same fault again is no news.
    log[reason === this.#toldFault ? 'debug' : 'warn'](
      { store: store.address, reason },
      'store not ready, trying again',
    );
    this.#fault = reason;
    this.#toldFault = reason;
  }
}
