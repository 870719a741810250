import type { Spool } from '../../platform/spool/spool.ts';

const MAX_MARKS = 64;
const DELAY_MS = 1_000;

/** Notes in the spool what was sent, many at a time: only eviction asks for it, so a crash may lose the latest. */
export class SentMarks {
  readonly #spool: Pick<Spool, 'markSent'>;
  #ids: string[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(spool: Pick<Spool, 'markSent'>) {
    this.#spool = spool;
  }

  add(id: string): void {
    this.#ids.push(id);
    if (this.#ids.length >= MAX_MARKS) void this.flush();
    else this.#timer ??= setTimeout(() => void this.flush(), DELAY_MS);
  }

  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#ids.length > 0) await this.#spool.markSent(this.#ids.splice(0)).catch(() => undefined);
  }
}
