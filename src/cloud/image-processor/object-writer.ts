import { Backoff, pause } from '../../platform/backoff.ts';
import type { ProcessorMetrics } from './processor-metrics.ts';
import { SilenceWatch } from './silence-watch.ts';
import type { ObjectFacts, PutResult, Store } from './stores/store.ts';
import { StoreConflictError, StoreError } from './stores/store-error.ts';
import { type RoundTrip, tryStore } from './try-store.ts';

const MAX_ATTEMPTS = 5;
/** No further attempt begins after this: the keeper has the bytes, and will ask again. */
const GIVE_UP_AFTER_MS = 20_000;

export interface ObjectWriterOptions {
  readonly store: Store;
  readonly metrics: ProcessorMetrics;
  /** The store has answered a put. */
  readonly onAnswered: () => void;
  /** A put was given up and nothing else succeeded while it was tried. */
  readonly onStoreDown: (reason: string) => void;
  /** Puts are under way and none has ended well for a while: the store may hang, or the way to it be slow. */
  readonly onStoreSilent: (reason: string) => void;
}

/** Puts objects, tries again a few times, and notices when nothing succeeds any more. */
export class ObjectWriter {
  readonly #options: ObjectWriterOptions;
  readonly #silence: SilenceWatch;
  #answeredAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: ObjectWriterOptions) {
    this.#options = options;
    this.#silence = new SilenceWatch(() =>
      options.onStoreSilent(
        'Expected the store to answer, but of what is being put nothing was stored for longer than puts take here',
      ),
    );
  }

  /** A probe has succeeded: what was begun before says nothing about the store any more, should it end badly or not at all. */
  noteProbe(): void {
    this.#answeredAtMs = performance.now();
    this.#silence.forget();
  }

  /**
   * @throws StoreConflictError when other bytes have the key.
   * @throws StoreError when it was given up, or the signal's reason.
   */
  async write(key: string, bytes: Buffer, facts: ObjectFacts, signal: AbortSignal): Promise<PutResult> {
    const { metrics } = this.#options;
    const result = await this.#insist(() => this.#put(key, bytes, facts, signal), signal);
    metrics.objects.inc({ result });
    if (result === 'created') metrics.storedBytes.inc(bytes.length);
    return result;
  }

  /** Writes a test image, reads it back and removes it; as insistent as a write, and counted among no objects. @throws as write */
  async tryOut(key: string, bytes: Buffer, facts: ObjectFacts, signal: AbortSignal): Promise<RoundTrip> {
    return this.#insist(() => tryStore(this.#options.store, { key, bytes, facts }, signal), signal);
  }

  async #insist<Result>(attempt: () => Promise<Result>, signal: AbortSignal): Promise<Result> {
    const { metrics, onAnswered, onStoreDown } = this.#options;
    const startedAtMs = performance.now();
    const backoff = new Backoff({ firstMs: 100, maxMs: 2_000 });
    for (;;) {
      const ended = this.#silence.begin();
      try {
        const result = await attempt();
        this.#answeredAtMs = performance.now();
        ended(true);
        onAnswered();
        return result;
      } catch (error) {
        // What other bytes are under a key the store has said, too.
        const isAnswer = error instanceof StoreConflictError;
        ended(isAnswer);
        if (isAnswer) onAnswered();
        if (signal.aborted || !(error instanceof StoreError)) throw error;
        metrics.storeErrors.inc({ code: error.code });
        if (backoff.attempts + 1 >= MAX_ATTEMPTS || performance.now() - startedAtMs > GIVE_UP_AFTER_MS) {
          if (this.#answeredAtMs < startedAtMs) onStoreDown(error.message);
          throw error;
        }
        await pause(backoff.next(), signal);
        signal.throwIfAborted();
      }
    }
  }

  async #put(key: string, bytes: Buffer, facts: ObjectFacts, signal: AbortSignal): Promise<PutResult> {
    const { store, metrics } = this.#options;
    const done = metrics.putSeconds.startTimer();
    try {
      return await store.put(key, bytes, facts, signal);
    } finally {
      done();
    }
  }
}
