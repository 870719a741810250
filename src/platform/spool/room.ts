import { statfsSync } from 'node:fs';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { SpoolSettings } from './protocol.ts';

/** A row costs this much beside its body, about: the record, its index entries, half a page of the body's last overflow page. */
const ROW_BYTES = 2_500;

/** Makes room for a newcomer in a spool that is bounded by `maxBytes` and by the free space of its disk. */
export class SpoolRoom {
  readonly #settings: SpoolSettings;
  readonly #db: DatabaseSync;
  readonly #leastWorth: StatementSync;
  readonly #tombstone: StatementSync;
  readonly #dropBody: StatementSync;
  readonly #pageBytes: number;
  readonly #onEvicted: (bytes: number) => void;

  constructor(db: DatabaseSync, settings: SpoolSettings, onEvicted: (bytes: number) => void) {
    this.#onEvicted = onEvicted;
    this.#db = db;
    this.#settings = settings;
    this.#pageBytes = this.#pragma('page_size');
    // Never sent before sent, then the lowest quality, then the oldest.
    this.#leastWorth = db.prepare(
      "SELECT seq, quality, sends, bytes FROM captures WHERE state = 'pending' ORDER BY (sends > 0), quality, seq LIMIT 1",
    );
    this.#tombstone = db.prepare(
      "UPDATE captures SET state = 'evicted', reason = 'full', settled_at = ? WHERE seq = ?",
    );
    this.#dropBody = db.prepare('DELETE FROM bodies WHERE seq = ?');
  }

  /** Evicts until so many bytes fit. Returns false when the newcomer is worth less than all that is there: then it is the one to go. */
  make(bytes: number, quality: number): boolean {
    while (!this.#fits(bytes + ROW_BYTES)) {
      const least = this.#leastWorth.get();
      if (!least || (Number(least.sends) === 0 && quality < Number(least.quality))) return false;
      this.#tombstone.run(Date.now(), Number(least.seq));
      this.#dropBody.run(Number(least.seq));
      this.#onEvicted(Number(least.bytes));
    }
    return true;
  }

  #fits(bytes: number): boolean {
    const pages = this.#pragma('page_count');
    const freePages = this.#pragma('freelist_count');
    if ((pages - freePages) * this.#pageBytes + bytes > this.#settings.maxBytes) return false;
    if (freePages * this.#pageBytes >= bytes) return true;
    const disk = statfsSync(this.#settings.folder);
    // Evicting frees no disk, only pages: another program's growth must not empty the spool.
    return disk.bavail * disk.bsize - bytes >= this.#settings.minFreeBytes;
  }

  #pragma(name: string): number {
    return Number(this.#db.prepare(`PRAGMA ${name}`).get()?.[name] ?? 0);
  }
}
