import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { SpoolCounts, SpoolState } from './protocol.ts';

/** Sums over all rows, counted once at start and then kept up: counting a long backlog at each commit would cost more than the commit. */
export class SpoolTotals {
  readonly #db: DatabaseSync;
  readonly #oldest: StatementSync;
  #counts: Record<SpoolState, number> = { pending: 0, stored: 0, refused: 0, evicted: 0, released: 0 };
  #pendingBytes = 0;
  #quarantineBytes = 0;

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#oldest = db.prepare("SELECT arrived_at FROM captures WHERE state = 'pending' ORDER BY seq LIMIT 1");
    this.recount();
  }

  /** Counts the rows: at start, and after a transaction that was rolled back. */
  recount(): void {
    this.#counts = { pending: 0, stored: 0, refused: 0, evicted: 0, released: 0 };
    const rows = this.#db
      .prepare(
        'SELECT state, COUNT(*) AS n FROM captures GROUP BY state UNION ALL SELECT state, SUM(captures) FROM folded GROUP BY state',
      )
      .all();
    for (const row of rows) this.#counts[row.state as SpoolState] += Number(row.n);
    this.#pendingBytes = this.#sum("SELECT SUM(bytes) AS bytes FROM captures WHERE state = 'pending'");
    this.#quarantineBytes = this.#sum(
      "SELECT SUM(bytes) AS bytes FROM captures JOIN bodies USING (seq) WHERE state = 'refused'",
    );
  }

  added(state: SpoolState, bytes: number): void {
    this.#counts[state] += 1;
    if (state === 'pending') this.#pendingBytes += bytes;
    if (state === 'refused') this.#quarantineBytes += bytes;
  }

  moved(from: SpoolState, to: SpoolState, bytes: number): void {
    this.#counts[from] -= 1;
    if (from === 'pending') this.#pendingBytes -= bytes;
    if (from === 'refused') this.#quarantineBytes -= bytes;
    this.added(to, bytes);
  }

  quarantineDropped(bytes: number): void {
    this.#quarantineBytes -= bytes;
  }

  get counts(): SpoolCounts {
    return { ...this.#counts };
  }

  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  get quarantineBytes(): number {
    return this.#quarantineBytes;
  }

  /** Milliseconds since 1970, or null when nothing is pending. */
  oldestArrivedAtMs(): number | null {
    const row = this.#oldest.get();
    return row ? Number(row.arrived_at) : null;
  }

  #sum(sql: string): number {
    return Number(this.#db.prepare(sql).get()?.bytes ?? 0);
  }
}
