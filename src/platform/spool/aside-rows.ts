import { DatabaseSync } from 'node:sqlite';
import { decodeExtents, type Row } from './index-rows.ts';
import type { CaptureFacts, SpoolState } from './protocol.ts';
import type { Place } from './thread-protocol.ts';

/** A row of an index that was set aside. */
export interface AsideRow {
  readonly facts: CaptureFacts;
  readonly state: SpoolState;
  readonly reason: string | null;
  readonly sends: number;
  readonly arrivedAtMs: number;
  readonly settledAtMs: number | null;
  readonly place: Place | undefined;
  /** Layout 1 kept bodies in the index itself. */
  readonly body: Buffer | undefined;
}

export interface AsideCounts {
  readonly device: string;
  readonly camera: string;
  readonly hour: string;
  readonly state: SpoolState;
  readonly reason: string;
  readonly captures: number;
}

/** What an index remembers beside its rows; empty where it can't be read, or the layout had none. */
export interface AsideMemory {
  readonly foldedIds: readonly {
    readonly id: string;
    readonly sha256: string;
    readonly state: string;
    readonly reason: string | null;
  }[];
  readonly runs: readonly {
    readonly run: string;
    readonly first: number;
    readonly last: number;
    readonly captured: number;
    readonly seen_at: number;
  }[];
  readonly unkept: number;
}

const BATCH = 50;
/** A damaged page takes some hundred rows along: what can't be read is stepped over, ever faster. */
const MAX_STEP = 100_000;

const ROWS: Readonly<Record<number, string>> = {
  1: 'SELECT captures.*, body FROM captures LEFT JOIN bodies USING (seq) WHERE seq > ? ORDER BY seq LIMIT ?',
  2: `SELECT captures.*, device, cameras.camera AS camera_name FROM captures LEFT JOIN cameras ON cameras.number = captures.camera
      WHERE seq > ? ORDER BY seq LIMIT ?`,
};

/** Reads what can still be read of an index. */
export class AsideIndex {
  readonly #db: DatabaseSync | undefined;
  readonly #version: number;
  /** Was everything readable so far? */
  isWhole = true;

  constructor(file: string) {
    let db: DatabaseSync | undefined;
    let version = 0;
    try {
      db = new DatabaseSync(file);
      version = Number(db.prepare('PRAGMA user_version').get()?.user_version);
    } catch {
      this.isWhole = false;
    }
    this.#db = db;
    this.#version = version;
  }

  /** Rows in order of arrival, some at a time. */
  *rows(): Iterable<AsideRow[]> {
    const sql = ROWS[this.#version];
    if (!this.#db || sql === undefined) return;
    for (let after = 0, step = 1; step <= MAX_STEP; ) {
      try {
        const rows = this.#db.prepare(sql).all(after, BATCH);
        if (rows.length === 0) return;
        after = Number(rows.at(-1)?.seq);
        step = 1;
        yield rows.map(toAsideRow);
      } catch {
        this.isWhole = false;
        after += step;
        step *= 2;
      }
    }
  }

  /** What was folded into counts; none where that can't be read. */
  counts(): AsideCounts[] {
    const columns = 'device, cameras.camera AS camera, hour, state, reason, captures';
    const sql =
      this.#version === 1
        ? 'SELECT * FROM folded'
        : `SELECT ${columns} FROM folded JOIN cameras ON cameras.number = folded.camera`;
    try {
      return (this.#db?.prepare(sql).all() ?? []) as unknown as AsideCounts[];
    } catch {
      this.isWhole = false;
      return [];
    }
  }

  memory(): AsideMemory {
    const unkept = this.#all<{ value: number }>("SELECT value FROM facts WHERE name = 'unkept'")[0]?.value ?? 0;
    return { foldedIds: this.#all('SELECT * FROM folded_ids'), runs: this.#all('SELECT * FROM runs'), unkept };
  }

  #all<Found>(sql: string): Found[] {
    if (this.#version < 2) return [];
    try {
      return (this.#db?.prepare(sql).all() ?? []) as unknown as Found[];
    } catch {
      this.isWhole = false;
      return [];
    }
  }

  close(): void {
    try {
      this.#db?.close();
    } catch {
      // It was unreadable; there is nothing to lose.
    }
  }
}

function toAsideRow(row: Row): AsideRow {
  const { id, topic, sha256, state, reason } = row as unknown as Record<string, string>;
  const isOld = !('camera_name' in row);
  const extents = decodeExtents(row.extents);
  const body = isOld && row.body instanceof Uint8Array ? Buffer.from(row.body) : undefined;
  return {
    facts: {
      ...{ id: String(id), topic: String(topic), sha256: String(sha256) },
      device: String(row.device),
      camera: String(isOld ? row.camera : row.camera_name),
      bytes: Number(row.bytes),
      quality: Number(row.quality),
      isBare: row.bare === 1,
      ...(state === 'refused' && reason ? { refusedFor: reason } : {}),
    },
    state: state as SpoolState,
    reason: reason ?? null,
    sends: Number(row.sends),
    arrivedAtMs: Number(row.arrived_at),
    settledAtMs: row.settled_at === null ? null : Number(row.settled_at),
    place: extents.length > 0 ? { extents, headBytes: Number(row.head_bytes) } : undefined,
    body,
  };
}
