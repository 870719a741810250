import type { Extent } from './blocks.ts';
import { decodeExtents, encodeExtents, hourOf, type Row } from './index-rows.ts';
import { type CaptureFacts, LOST_ON_DISK, type PutResult, type Settlement, type SpoolState } from './protocol.ts';
import { RunCounts } from './run-counts.ts';
import type { SpoolStatements } from './schema.ts';
import type { ChangeResult, Place, SpoolChange } from './thread-protocol.ts';
import type { SpoolTotals } from './totals.ts';

const DAY_MS = 86_400_000;

/** What each change does to rows and totals; always inside a transaction, at whose end flush() is called. */
export class CaptureRows {
  readonly #sql: SpoolStatements;
  readonly #totals: SpoolTotals;
  readonly #runs: RunCounts;
  readonly #cameras = new Map<string, number>();
  readonly #passing: ReadonlySet<string>;
  /** Captured in this transaction, by camera and hour. */
  #captured = new Map<string, { camera: number; hour: string; captures: number }>();

  constructor(sql: SpoolStatements, totals: SpoolTotals, passingCameras: readonly string[] = []) {
    this.#sql = sql;
    this.#totals = totals;
    this.#passing = new Set(passingCameras);
    this.#runs = new RunCounts(sql, totals);
  }

  apply(change: SpoolChange, freed: Extent[]): ChangeResult {
    switch (change.type) {
      case 'put':
        return this.#put(change.facts, change.place, freed);
      case 'settle':
        return this.#settle(change.settlement, freed);
      case 'sent':
        for (const id of change.ids) this.#sql.markSent.run(id);
        return null;
      case 'retry':
        return change.ids.filter((id) => this.#retry(id)).length;
      case 'drop':
        return change.ids.filter((id) => this.#drop(id, freed)).length;
    }
  }

  /** Writes the sums of the transaction. */
  flush(): void {
    for (const { camera, hour, captures } of this.#captured.values()) this.#sql.addCaptured.run(camera, hour, captures);
    this.#captured.clear();
    this.#runs.flush();
  }

  /** The transaction did not come about, nor any camera that it named first. */
  discard(): void {
    this.#captured.clear();
    this.#runs.discard();
    this.#cameras.clear();
  }

  /** Needs no room: a capture that the disk had damaged does. */
  isKnown(facts: CaptureFacts): boolean {
    const row = this.#find(facts);
    if (row) return !isLost(row);
    return this.#sql.foldedById.get(facts.id) !== undefined;
  }

  /** Gives a pending capture its tombstone. */
  evict(row: Row, reason: string, freed: Extent[]): void {
    const { seq, camera, bytes, extents } = row;
    if (this.#isPassing(row)) {
      this.#forget({ ...row, state: 'pending' }, freed);
      return;
    }
    this.#sql.settle.run('evicted', reason, Date.now(), Number(seq));
    this.#sql.dropBody.run(Number(seq));
    freed.push(...decodeExtents(extents));
    this.#totals.moved(Number(camera), 'pending', 'evicted', Number(bytes));
  }

  dropOldestQuarantined(freed: Extent[]): boolean {
    const oldest = this.#sql.oldestQuarantined.get();
    if (!oldest) return false;
    this.#sql.dropBody.run(Number(oldest.seq));
    freed.push(...decodeExtents(oldest.extents));
    this.#totals.quarantined(-Number(oldest.bytes));
    return true;
  }

  #put(facts: CaptureFacts, place: Place | undefined, freed: Extent[]): PutResult {
    const known = this.#known(facts, place, freed);
    if (known) return known;
    const { id, device, camera, refusedFor } = facts;
    const state: SpoolState = refusedFor !== undefined ? 'refused' : place ? 'pending' : 'evicted';
    const reason = refusedFor ?? (place ? null : 'full');
    if (state === 'evicted' && this.#passing.has(camera)) return { outcome: 'kept', state, reason, seq: 0 };
    const [number, hour] = [this.cameraNumber(device, camera), hourOf(id)];
    const seq = this.insert(facts, place, number, hour, state, reason);
    this.count(number, hour, 1);
    // What leaves no row leaves no run: it may come again after it was forgotten.
    if (!this.#passing.has(camera)) this.#runs.add(facts, Date.now());
    return { outcome: 'kept', state, reason, seq };
  }

  /** Returns the row's number. */
  insert(
    { id, topic, sha256, bytes, quality, isBare }: CaptureFacts,
    place: Place | undefined,
    camera: number,
    hour: string,
    state: SpoolState,
    reason: string | null,
  ): number {
    const now = Date.now();
    const row = [id, camera, hour, topic, sha256, bytes, quality, Number(isBare), now, state, reason];
    const body = place ? encodeExtents(place.extents) : null;
    const { lastInsertRowid } = this.#sql.insert.run(
      ...row,
      state === 'pending' ? null : now,
      body,
      place?.headBytes ?? 0,
    );
    this.#totals.added(camera, state, bytes);
    if (state === 'refused' && place) this.#totals.quarantined(bytes);
    return Number(lastInsertRowid);
  }

  /** What there is under this id, or of the same bare bytes; a capture that the disk had damaged is whole again with a repeat's bytes. */
  #known(facts: CaptureFacts, place: Place | undefined, freed: Extent[]): PutResult | undefined {
    const row = this.#find(facts);
    const found = row ?? this.#sql.foldedById.get(facts.id);
    if (!found) return undefined;
    const isSame = found.sha256 === facts.sha256;
    if (row && isSame && place && isLost(row)) return this.#heal(row, place);
    freed.push(...(place?.extents ?? []));
    if (!isSame) return { outcome: 'conflict' };
    return { outcome: 'known', state: found.state as SpoolState, reason: found.reason as string | null };
  }

  #heal(row: Row, place: Place): PutResult {
    this.#sql.heal.run(encodeExtents(place.extents), place.headBytes, Number(row.seq));
    this.#totals.moved(Number(row.camera), 'refused', 'pending', Number(row.bytes));
    return { outcome: 'kept', state: 'pending', reason: null, seq: Number(row.seq) };
  }

  #find({ id, sha256, isBare }: CaptureFacts): Row | undefined {
    return this.#sql.byId.get(id) ?? (isBare ? this.#sql.bareByHash.get(sha256, Date.now() - DAY_MS) : undefined);
  }

  /** `stored` wins over everything; the rest settles only what is pending. */
  #settle({ id, sha256, state, reason }: Settlement, freed: Extent[]): boolean {
    const row = this.#sql.byId.get(id);
    if (!row || row.sha256 !== sha256 || row.state === state) return false;
    const from = row.state as SpoolState;
    if (from !== 'pending' && state !== 'stored') return false;
    if (this.#isPassing(row)) return this.#forget(row, freed);
    const [seq, bytes] = [Number(row.seq), Number(row.bytes)];
    this.#sql.settle.run(state, reason ?? null, Date.now(), seq);
    if (from === 'refused' && row.extents !== null) this.#totals.quarantined(-bytes);
    // What was refused stays in quarantine: this is the last durable keeper of its bytes. What the disk lost is no use to anybody.
    if (state === 'refused' && reason !== LOST_ON_DISK) this.#totals.quarantined(bytes);
    else {
      this.#sql.dropBody.run(seq);
      freed.push(...decodeExtents(row.extents));
    }
    this.#totals.moved(Number(row.camera), from, state, bytes);
    return true;
  }

  #retry(id: string): boolean {
    const row = this.#sql.byId.get(id);
    if (row?.state !== 'refused' || row.extents === null) return false;
    this.#sql.retry.run(Number(row.seq));
    this.#totals.quarantined(-Number(row.bytes));
    this.#totals.moved(Number(row.camera), 'refused', 'pending', Number(row.bytes));
    return true;
  }

  #drop(id: string, freed: Extent[]): boolean {
    const row = this.#sql.byId.get(id);
    if (!row || (row.state !== 'pending' && row.state !== 'refused')) return false;
    if (row.state === 'refused') {
      if (row.extents !== null) this.#totals.quarantined(-Number(row.bytes));
      this.#totals.moved(Number(row.camera), 'refused', 'pending', Number(row.bytes));
    }
    this.evict(row, 'operator', freed);
    return true;
  }

  /** Takes a capture out of the books altogether, as if it had never come. */
  #forget({ seq, camera, hour, state, bytes, extents }: Row, freed: Extent[]): true {
    this.#sql.remove.run(Number(seq));
    freed.push(...decodeExtents(extents));
    this.#totals.removed(Number(camera), state as SpoolState, Number(bytes));
    if (state === 'refused' && extents !== null) this.#totals.quarantined(-Number(bytes));
    this.count(Number(camera), String(hour), -1);
    return true;
  }

  #isPassing({ camera }: Row): boolean {
    return this.#passing.size > 0 && this.#passing.has(String(this.#sql.cameraName.get(Number(camera))?.camera));
  }

  /** So many more were captured in this hour. */
  count(camera: number, hour: string, captures: number): void {
    const key = `${camera} ${hour}`;
    const sum = this.#captured.get(key) ?? { camera, hour, captures: 0 };
    sum.captures += captures;
    this.#captured.set(key, sum);
    this.#totals.captured(captures);
  }

  /** Of a camera that may be new. */
  cameraNumber(device: string, camera: string): number {
    const name = `${device}/${camera}`;
    let number = this.#cameras.get(name);
    if (number === undefined) {
      const row = this.#sql.cameraNumber.get(device, camera);
      number = Number(row ? row.number : this.#sql.insertCamera.run(device, camera).lastInsertRowid);
      this.#cameras.set(name, number);
    }
    return number;
  }
}

function isLost({ state, reason }: Row): boolean {
  return state === 'refused' && reason === LOST_ON_DISK;
}
