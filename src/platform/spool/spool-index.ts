import type { DatabaseSync } from 'node:sqlite';
import { killPoint } from '../kill-points.ts';
import { AdoptedRows } from './adopted-rows.ts';
import type { Extent } from './blocks.ts';
import { CaptureRows } from './capture-rows.ts';
import { fold } from './fold.ts';
import { decodeExtents, toPendingRow } from './index-rows.ts';
import type { PendingQuery, SpoolSettings } from './protocol.ts';
import { RoomMaker } from './room-maker.ts';
import { prepareStatements, SALVAGING, type SpoolStatements } from './schema.ts';
import type {
  ChangeResult,
  Committed,
  IndexStatus,
  Newcomer,
  PendingRow,
  RoomMade,
  SpoolChange,
  SpoolRequests,
} from './thread-protocol.ts';
import { SpoolTotals } from './totals.ts';

/** The rows of a spool: one for each id, changed in the same transaction as its effect, kept after its body is gone. */
export class SpoolIndex {
  readonly #db: DatabaseSync;
  readonly #settings: SpoolSettings;
  readonly #totals: SpoolTotals;
  readonly #sql: SpoolStatements;
  readonly #rows: CaptureRows;
  readonly #room: RoomMaker;
  readonly #adopted: AdoptedRows;
  #isSalvagingNow: boolean;

  constructor(db: DatabaseSync, settings: SpoolSettings) {
    this.#db = db;
    this.#settings = settings;
    this.#totals = new SpoolTotals(db);
    this.#sql = prepareStatements(db);
    this.#rows = new CaptureRows(this.#sql, this.#totals, settings.passingCameras);
    this.#room = new RoomMaker(this.#sql, this.#rows);
    this.#adopted = new AdoptedRows(this.#sql, this.#rows);
    this.#isSalvagingNow = this.isSalvaging;
  }

  /** Makes all changes in one synced transaction, or none of them. */
  commit(changes: readonly SpoolChange[]): Committed {
    const freed: Extent[] = [];
    const results = this.#transaction(() => {
      const made: ChangeResult[] = changes.map((change) => this.#rows.apply(change, freed));
      this.#boundQuarantine(freed);
      killPoint('spool/before-commit');
      return made;
    });
    killPoint('spool/after-commit');
    return { results, freed, status: this.status() };
  }

  /** Evicts until the newcomers fit, in order; says of each whether it may come in. */
  makeRoom(newcomers: readonly Newcomer[], freeBlocks: number): RoomMade {
    const freed: Extent[] = [];
    const verdicts = this.#transaction(() => this.#room.make(newcomers, freeBlocks, freed));
    return { verdicts, freed };
  }

  pending(query: PendingQuery): PendingRow[] {
    if ('ids' in query) {
      return query.ids.flatMap((id) => {
        const row = this.#sql.pendingById.get(id);
        return row ? [toPendingRow(row)] : [];
      });
    }
    const found: PendingRow[] = [];
    let bytes = 0;
    for (const row of this.#sql.pendingAfter.iterate(query.after, query.upTo, query.maxCaptures)) {
      bytes += Number(row.bytes);
      if (found.length > 0 && bytes > query.maxBytes) break;
      found.push(toPendingRow(row));
    }
    return found;
  }

  /** Where a capture's body lies, whatever its state; undefined when there is none. */
  place(id: string): PendingRow | undefined {
    const row = this.#sql.withBody.get(id);
    return row && toPendingRow(row);
  }

  /** Devices of which something is pending. */
  devices(): string[] {
    const numbers = new Set(this.#totals.pendingCameras);
    const rows = this.#db.prepare('SELECT number, device FROM cameras').all();
    return [...new Set(rows.flatMap(({ number, device }) => (numbers.has(Number(number)) ? [String(device)] : [])))];
  }

  /** Of all bodies: first block and count, in turn. */
  extents(): Uint32Array {
    const flat: number[] = [];
    for (const row of this.#db.prepare('SELECT extents FROM captures WHERE extents IS NOT NULL').iterate())
      for (const [first, count] of decodeExtents(row.extents)) flat.push(first, count);
    return Uint32Array.from(flat);
  }

  status(): IndexStatus {
    const { gap, ...sums } = this.#totals.sums;
    const oldest = this.#sql.oldestPending.get();
    return {
      counts: this.#totals.counts,
      ...sums,
      gap: this.#isSalvagingNow ? 'unknown' : gap,
      oldestArrivedAtMs: oldest ? Number(oldest.arrived_at) : null,
      lastSeq: Number(this.#sql.lastSeq.get()?.seq ?? 0),
    };
  }

  /** An older index, or bodies without one, are not all taken over yet. */
  get isSalvaging(): boolean {
    return this.#sql.fact.get(SALVAGING) !== undefined;
  }

  /** Takes over what an older index says; what is known here already stays as it is. */
  adopt({ adoptions, counts, memory }: SpoolRequests['adopt']): IndexStatus {
    this.#transaction(() => {
      if (memory) this.#adopted.memory(memory);
      for (const adoption of adoptions) this.#adopted.row(adoption);
      this.#adopted.counts(counts);
    });
    if (counts.length > 0 || memory) this.#totals.recount();
    return this.status();
  }

  endSalvage(): void {
    this.#transaction(() => this.#sql.unnote.run(SALVAGING));
    this.#isSalvagingNow = false;
    this.#totals.recount();
  }

  recount(): IndexStatus {
    this.#totals.recount();
    return this.status();
  }

  /** Rows that were settled long ago become counts per camera and hour. Returns the blocks of what was in quarantine until now. */
  fold(): Extent[] {
    const freed = this.#transaction(() => fold(this.#sql, this.#settings.keepDays));
    this.#totals.recount();
    return freed;
  }

  #boundQuarantine(freed: Extent[]): void {
    while (this.#totals.sums.quarantineBytes > this.#settings.quarantineMaxBytes) {
      if (!this.#rows.dropOldestQuarantined(freed)) return;
    }
  }

  #transaction<Result>(change: () => Result): Result {
    this.#db.exec('BEGIN IMMEDIATE');
    const restoreTotals = this.#totals.checkpoint();
    try {
      const result = change();
      this.#rows.flush();
      this.#db.exec('COMMIT');
      return result;
    } catch (error) {
      // SQLite has rolled back by itself where the disk is full or fails.
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
      this.#rows.discard();
      restoreTotals();
      throw error;
    }
  }
}
