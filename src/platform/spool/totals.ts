import type { DatabaseSync } from 'node:sqlite';
import { SPOOL_STATES, type SpoolState, type StateCounts } from './protocol.ts';

/** Every state with nothing in it. */
export function noCounts(): Record<SpoolState, number> {
  return Object.fromEntries(SPOOL_STATES.map((state) => [state, 0])) as Record<SpoolState, number>;
}

/** Sums over all rows, counted once at start and then kept up: counting a long backlog at each commit would cost more than the commit. */
export class SpoolTotals {
  readonly #db: DatabaseSync;
  #counts = noCounts();
  #pendingBytes = 0;
  #quarantineBytes = 0;
  #captured = 0;
  #gap = 0;
  #unkept = 0;
  readonly #pendingOf = new Map<number, number>();

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.recount();
  }

  /** Counts the rows and compares: at start, and when asked. */
  recount(): void {
    this.#counts = noCounts();
    this.#pendingOf.clear();
    this.#pendingBytes = 0;
    const rows = this.#db
      .prepare('SELECT camera, state, COUNT(*) AS n, SUM(bytes) AS bytes FROM captures GROUP BY camera, state')
      .all();
    for (const { camera, state, n, bytes } of rows) {
      this.#counts[state as SpoolState] += Number(n);
      if (state !== 'pending') continue;
      this.#pendingBytes += Number(bytes);
      this.#pendingOf.set(Number(camera), Number(n));
    }
    for (const { state, n } of this.#db.prepare('SELECT state, SUM(captures) AS n FROM folded GROUP BY state').all())
      this.#counts[state as SpoolState] += Number(n);
    this.#quarantineBytes = this.#sum(
      "SELECT SUM(bytes) AS sum FROM captures WHERE state = 'refused' AND extents IS NOT NULL",
    );
    this.#captured = this.#sum('SELECT SUM(captured) AS sum FROM hours');
    this.#unkept =
      this.#sum('SELECT TOTAL(last - first + 1 - captured) AS sum FROM runs') +
      this.#sum("SELECT value AS sum FROM facts WHERE name = 'unkept'");
    this.#gap = this.#captured - SPOOL_STATES.reduce((sum, state) => sum + this.#counts[state], 0);
  }

  /** Call when the transaction that follows did not come about: all is as it is now. */
  checkpoint(): () => void {
    const counts = { ...this.#counts };
    const { pendingBytes, quarantineBytes, captured, unkept, gap } = this.sums;
    const pendingOf = [...this.#pendingOf];
    return () => {
      this.#counts = counts;
      this.#pendingBytes = pendingBytes;
      this.#quarantineBytes = quarantineBytes;
      this.#captured = captured;
      this.#unkept = unkept;
      this.#gap = gap;
      this.#pendingOf.clear();
      for (const [camera, captures] of pendingOf) this.#pendingOf.set(camera, captures);
    };
  }

  captured(captures: number): void {
    this.#captured += captures;
  }

  unkept(captures: number): void {
    this.#unkept += captures;
  }

  added(camera: number, state: SpoolState, bytes: number): void {
    this.#change(camera, state, 1, bytes);
  }

  removed(camera: number, state: SpoolState, bytes: number): void {
    this.#change(camera, state, -1, -bytes);
  }

  moved(camera: number, from: SpoolState, to: SpoolState, bytes: number): void {
    this.removed(camera, from, bytes);
    this.added(camera, to, bytes);
  }

  quarantined(bytes: number): void {
    this.#quarantineBytes += bytes;
  }

  get counts(): StateCounts {
    return { ...this.#counts };
  }

  get sums() {
    return {
      captured: this.#captured,
      gap: this.#gap,
      unkept: this.#unkept,
      pendingBytes: this.#pendingBytes,
      quarantineBytes: this.#quarantineBytes,
    };
  }

  /** Numbers of the cameras of which something is pending. */
  get pendingCameras(): readonly number[] {
    return [...this.#pendingOf].flatMap(([camera, captures]) => (captures > 0 ? [camera] : []));
  }

  #change(camera: number, state: SpoolState, captures: number, bytes: number): void {
    this.#counts[state] += captures;
    if (state !== 'pending') return;
    this.#pendingBytes += bytes;
    this.#pendingOf.set(camera, (this.#pendingOf.get(camera) ?? 0) + captures);
  }

  #sum(sql: string): number {
    return Number(this.#db.prepare(sql).get()?.sum ?? 0);
  }
}
