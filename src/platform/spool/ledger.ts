import type { DatabaseSync } from 'node:sqlite';
import type {
  PutResult,
  ReadQuery,
  Settlement,
  SpoolCapture,
  SpoolChange,
  SpooledCapture,
  SpoolSettings,
  SpoolState,
  SpoolStatus,
} from './protocol.ts';
import { SpoolRoom } from './room.ts';
import { prepareStatements, type SpoolStatements } from './statements.ts';
import { SpoolTotals } from './totals.ts';

const DAY_MS = 86_400_000;

type Row = Record<string, unknown>;

/** The rows of a spool: one for each id, changed in the same transaction as its effect, kept after its body is gone. */
export class SpoolLedger {
  readonly #db: DatabaseSync;
  readonly #settings: SpoolSettings;
  readonly #totals: SpoolTotals;
  readonly #room: SpoolRoom;
  readonly #sql: SpoolStatements;

  constructor(db: DatabaseSync, settings: SpoolSettings) {
    this.#db = db;
    this.#settings = settings;
    this.#totals = new SpoolTotals(db);
    this.#room = new SpoolRoom(db, settings, (bytes) => this.#totals.moved('pending', 'evicted', bytes));
    this.#sql = prepareStatements(db);
  }

  /** Makes all changes in one synced transaction, or none of them. */
  commit(changes: readonly SpoolChange[]): (PutResult | boolean | null)[] {
    return this.#transaction(() => {
      const results = changes.map((change) => this.#apply(change));
      this.#boundQuarantine();
      return results;
    });
  }

  read(query: ReadQuery): SpooledCapture[] {
    if ('ids' in query) {
      return query.ids.flatMap((id) => {
        const row = this.#sql.pendingById.get(id);
        return row ? [toCapture(row)] : [];
      });
    }
    const found: SpooledCapture[] = [];
    let bytes = 0;
    for (const row of this.#sql.pendingAfter.iterate(query.after, query.upTo, query.maxCaptures)) {
      bytes += Number(row.bytes);
      if (found.length > 0 && bytes > query.maxBytes) break;
      found.push(toCapture(row));
    }
    return found;
  }

  devices(): string[] {
    return this.#sql.devices.all().map((row) => String(row.device));
  }

  status(): SpoolStatus {
    return {
      counts: this.#totals.counts,
      pendingBytes: this.#totals.pendingBytes,
      oldestArrivedAtMs: this.#totals.oldestArrivedAtMs(),
      lastSeq: Number(this.#sql.lastSeq.get()?.seq ?? 0),
    };
  }

  /** Rows that were settled long ago become counts per camera and hour. */
  fold(): void {
    const before = Date.now() - this.#settings.keepDays * DAY_MS;
    this.#transaction(() => {
      this.#sql.fold.run(before);
      this.#sql.dropFoldedBodies.run(before);
      this.#sql.dropFolded.run(before);
    });
    this.#totals.recount();
  }

  #apply(change: SpoolChange): PutResult | boolean | null {
    if (change.type === 'put') return this.#put(change.capture);
    if (change.type === 'settle') return this.#settle(change.settlement);
    for (const id of change.ids) this.#sql.markSent.run(id);
    return null;
  }

  #put(capture: SpoolCapture): PutResult {
    const known = this.#known(capture);
    if (known) return known;
    const { id, device, camera, topic, sha256, quality, body, isBare, refusedFor } = capture;
    const fits = refusedFor !== undefined || this.#room.make(body.length, quality);
    const state: SpoolState = refusedFor !== undefined ? 'refused' : fits ? 'pending' : 'evicted';
    const reason = refusedFor ?? (fits ? null : 'full');
    const now = Date.now();
    const row = [id, device, camera, topic, sha256, body.length, quality, Number(isBare), now, state, reason];
    const { lastInsertRowid } = this.#sql.insert.run(...row, state === 'pending' ? null : now);
    if (state !== 'evicted') this.#sql.insertBody.run(lastInsertRowid, body);
    this.#totals.added(state, body.length);
    return { outcome: 'kept', state, reason };
  }

  #known({ id, sha256, isBare }: SpoolCapture): PutResult | undefined {
    const row = this.#sql.byId.get(id) ?? (isBare ? this.#sql.bareByHash.get(sha256, Date.now() - DAY_MS) : undefined);
    if (!row) return undefined;
    if (row.sha256 !== sha256) return { outcome: 'conflict' };
    return { outcome: 'known', state: row.state as SpoolState, reason: row.reason as string | null };
  }

  /** `stored` wins over everything; the rest settles only what is pending. */
  #settle({ id, sha256, state, reason }: Settlement): boolean {
    const row = this.#sql.byId.get(id);
    if (!row || row.sha256 !== sha256 || row.state === state) return false;
    if (row.state !== 'pending' && state !== 'stored') return false;
    const seq = Number(row.seq);
    this.#sql.settle.run(state, reason ?? null, Date.now(), seq);
    // What was refused stays in quarantine: this is the last durable keeper of its bytes.
    if (state !== 'refused') this.#sql.dropBody.run(seq);
    this.#totals.moved(row.state as SpoolState, state, Number(row.bytes));
    return true;
  }

  #boundQuarantine(): void {
    while (this.#totals.quarantineBytes > this.#settings.quarantineMaxBytes) {
      const oldest = this.#sql.oldestQuarantined.get();
      if (!oldest) return;
      this.#sql.dropBody.run(Number(oldest.seq));
      this.#totals.quarantineDropped(Number(oldest.bytes));
    }
  }

  #transaction<Result>(change: () => Result): Result {
    this.#db.exec('BEGIN IMMEDIATE');
    try {
      const result = change();
      this.#db.exec('COMMIT');
      return result;
    } catch (error) {
      // SQLite has rolled back by itself where the disk is full or fails.
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
      this.#totals.recount();
      throw error;
    }
  }
}

function toCapture(row: Row): SpooledCapture {
  const { seq, id, device, topic, sha256, sends, body } = row;
  return { seq, id, device, topic, sha256, sends, body } as unknown as SpooledCapture;
}
