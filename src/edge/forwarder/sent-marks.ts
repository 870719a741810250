import type { Spool } from '../../platform/spool/spool.ts';

const EVERY_MS = 1_000;

/**
 * Notes in the spool what was sent and is not receipted a second later: only eviction asks for it, so a crash may lose the latest, and
 * what flows through needs no note at all.
 */
export class SentMarks {
  readonly #spool: Pick<Spool, 'markSent'>;
  /** Sent since the last look, and before. */
  #fresh = new Set<string>();
  #due = new Set<string>();
  #timer: NodeJS.Timeout | undefined;

  constructor(spool: Pick<Spool, 'markSent'>) {
    this.#spool = spool;
  }

  add(id: string): void {
    this.#fresh.add(id);
    this.#timer ??= setTimeout(() => void this.#look(), EVERY_MS);
  }

  /** It is settled. */
  delete(id: string): void {
    this.#fresh.delete(id);
    this.#due.delete(id);
  }

  /** Notes everything. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const id of this.#fresh) this.#due.add(id);
    this.#fresh.clear();
    await this.#markDue();
  }

  async #look(): Promise<void> {
    this.#timer = undefined;
    await this.#markDue();
    this.#due = this.#fresh;
    this.#fresh = new Set();
    if (this.#due.size > 0) this.#timer ??= setTimeout(() => void this.#look(), EVERY_MS);
  }

  async #markDue(): Promise<void> {
    const ids = [...this.#due];
    this.#due.clear();
    if (ids.length > 0) await this.#spool.markSent(ids).catch(() => undefined);
  }
}
