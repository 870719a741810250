import { type Image, key, type World } from './world.ts';

export type State = 'pending' | 'stored' | 'refused' | 'evicted';

export interface Row {
  readonly image: Image;
  state: State;
  reason: string;
  sends: number;
  readonly isBare: boolean;
  /** Its bytes are no longer what they were. */
  isRotten: boolean;
  arrivedAtMs: number;
}

/** What the ledger says. */
export type Counts = Record<State, number>;

export type PutResult = { readonly outcome: 'kept' | 'known' | 'conflict'; readonly row: Row };

/** The spool as rules 11 and 15–18 have it: what is here outlives every crash; each method is one transaction. */
export class SpoolModel {
  readonly rows = new Map<string, Row>();
  /** Bytes of what was refused for a conflict, by id and hash. */
  readonly quarantine = new Set<string>();
  readonly folded: Counts = { pending: 0, stored: 0, refused: 0, evicted: 0 };
  isFull = false;
  /** What is a count by now, but still known by its id. */
  readonly #foldedRows = new Map<string, Row>();
  #bareCount = 0;
  readonly #world: World;
  readonly #maxPending: number;

  constructor(world: World, maxPending: number) {
    this.#world = world;
    this.#maxPending = maxPending;
  }

  get pending(): Row[] {
    return [...this.rows.values()].filter(({ state }) => state === 'pending');
  }

  get counts(): Counts {
    const counts = { ...this.folded };
    for (const { state } of this.rows.values()) counts[state] += 1;
    return counts;
  }

  /** Throws when the disk can't take it: no commit, no receipt. */
  put(image: Image): PutResult {
    const folded = this.#world.isBroken('what was folded is counted again')
      ? undefined
      : this.#foldedRows.get(image.id);
    const known = this.rows.get(image.id) ?? folded;
    if (known) return this.#putAgain(known, image);
    return { outcome: 'kept', row: this.#insert(image, false) };
  }

  /** Within a day the same hash is the same image. */
  putBare(image: Image): PutResult {
    const known = [...this.rows.values()].find((row) => row.isBare && row.image.sha256 === image.sha256);
    if (known && !this.#world.isBroken('a bare image is known by no hash')) return { outcome: 'known', row: known };
    this.#bareCount += 1;
    const row = this.#insert({ ...image, id: `bare-${this.#bareCount}` }, true);
    return { outcome: 'kept', row };
  }

  /** Stored wins over everything. Returns whether the receipt was for what is here. */
  settle(id: string, sha256: string, state: 'stored' | 'refused', reason = ''): boolean {
    const row = this.rows.get(id);
    if (!row || (row.image.sha256 !== sha256 && !this.#world.isBroken('receipts are believed by id alone')))
      return false;
    if (state === 'stored') this.#world.saidStored.add(key(row.image));
    const isLate = row.state !== 'pending' && state === 'stored';
    if (row.state === 'pending' || (isLate && !this.#world.isBroken('a late stored is passed over'))) {
      row.state = state;
      row.reason = reason;
    }
    return true;
  }

  /** What is to be sent, if its bytes are still what they were. */
  read(id: string): Row | undefined {
    const row = this.rows.get(id);
    if (row?.state !== 'pending') return undefined;
    if (!row.isRotten) return row;
    row.state = 'refused';
    row.reason = 'damaged';
    return undefined;
  }

  /** Settled rows that nobody touched for long become counts. */
  fold(olderThanMs: number): void {
    for (const [id, row] of this.rows) {
      // A bare image is known by its row: these stay for longer than an image is repeated.
      if (row.state === 'pending' || row.isBare || row.arrivedAtMs >= olderThanMs) continue;
      this.folded[row.state] += 1;
      this.#foldedRows.set(id, row);
      this.#world.foldedAs.set(key(row.image), row.state);
      this.rows.delete(id);
    }
  }

  #putAgain(known: Row, image: Image): PutResult {
    if (known.image.sha256 !== image.sha256) {
      if (this.#world.isBroken('the newer of two conflicting is kept')) {
        this.rows.set(image.id, { ...known, image, state: 'pending' });
        return { outcome: 'known', row: known };
      }
      this.quarantine.add(key(image));
      return { outcome: 'conflict', row: known };
    }
    // The bytes that were damaged here are here again.
    const isFolded = !this.rows.has(image.id);
    if (known.reason === 'damaged' && !isFolded) this.#world.cameAgain.add(key(image));
    if (known.reason === 'damaged' && !isFolded && !this.#world.isBroken('good bytes do not heal a damaged row')) {
      Object.assign(known, { state: 'pending', reason: '', isRotten: false });
      return { outcome: 'kept', row: known };
    }
    return { outcome: 'known', row: known };
  }

  #insert(image: Image, isBare: boolean): Row {
    const row: Row = {
      image,
      state: image.isBad ? 'refused' : 'pending',
      reason: image.isBad ? 'not-an-image' : '',
      sends: 0,
      isBare,
      isRotten: false,
      arrivedAtMs: this.#world.time.nowMs(),
    };
    const { pending } = this;
    // One out for one in; with nothing to take out, nothing comes in.
    if (this.isFull && pending.length === 0) {
      if (this.#world.isBroken('a full empty disk is answered with held')) return row;
      throw new Error('disk full');
    }
    if (this.isFull && this.#world.isBroken('a full disk evicts everything'))
      for (const other of pending) this.rows.delete(other.image.id);
    this.rows.set(image.id, row);
    if (this.isFull || this.pending.length > this.#maxPending) this.#evictOne();
    return row;
  }

  #evictOne(): void {
    const worth = ({ sends, image }: Row) => (sends > 0 ? 1 : 0) + image.quality;
    const [least] = this.pending.sort((one, other) => worth(one) - worth(other) || one.arrivedAtMs - other.arrivedAtMs);
    if (!least) return;
    if (this.#world.isBroken('evicted without a tombstone')) this.rows.delete(least.image.id);
    least.state = 'evicted';
    least.reason = 'full';
  }
}
