import type { StoreListing } from '../../cloud/image-processor/stores/store-listing.ts';
import type { LedgerRow } from '../../contract/ledger.ts';
import { type DaySweep, hashOf, type KnownCapture, keyOf, type Stray } from './day-sweep.ts';
import type { Finding } from './finding.ts';
import { inParallel } from './in-parallel.ts';
import type { FoundStored, LedgerSource } from './ledger-source.ts';
import { hourOf, readStoredKey } from './stored-key.ts';

/** Requests to the store at once. */
export const STORE_REQUESTS = 16;
/** So many that a listing did not show are looked up one by one: some stores list late. Of more the listing is believed. */
const MAX_LOOKED_UP = 1000;
const EXTENSIONS = ['png', 'jpg', 'webp'];

export interface RecheckOptions {
  readonly source: LedgerSource;
  readonly store: StoreListing;
  readonly signal: AbortSignal;
  readonly onFinding: (finding: Finding) => void;
}

/** Holds what disagreed in a day's sweep against ledger and store once more: captures are under way while they are compared. */
export class Recheck {
  readonly #options: RecheckOptions;

  constructor(options: RecheckOptions) {
    this.#options = options;
  }

  /** The ledger was read first, so what it calls stored was in the store before the listing began. */
  async missing(sweep: DaySweep): Promise<void> {
    const { store, signal } = this.#options;
    const ids = sweep.missing();
    const lost: string[] = [];
    await inParallel(ids, STORE_REQUESTS, async (id) => {
      const row = sweep.rows.get(id);
      const keys =
        ids.length > MAX_LOOKED_UP || !row ? [] : EXTENSIONS.map((extension) => keyOf(id, { ...row, extension }));
      for (const key of keys) if ((await store.hash(key, false, signal)) !== undefined) return;
      lost.push(id);
    });
    for (const id of lost.sort())
      this.#tell('missing', id, sweep.rows.get(id), [], 'the ledger says stored, the store has no object');
  }

  /**
   * What the store has and the ledger calls pending, evicted or refused: stored wins, where the bytes are the same.
   * @returns those, and what the ledger called them until now.
   */
  async unsettled(sweep: DaySweep): Promise<{ found: FoundStored[]; states: Map<string, number> }> {
    const { source, store, signal } = this.#options;
    const ids = sweep.unsettled();
    const found: FoundStored[] = [];
    const states = new Map<string, number>();
    const again: LedgerRow[] = [];
    if (ids.length > 0) for await (const row of source.rows({ ids }, signal)) again.push(row);
    await inParallel(again, STORE_REQUESTS, async ({ id, state, sha256, device }) => {
      const row = sweep.rows.get(id);
      if (!row || state === 'stored') return;
      const hash = await store.hash(keyOf(id, row), false, signal);
      if (hash === undefined) return;
      if (hash !== sha256) return this.#different(id, row, hash);
      found.push({ device, id, sha256 });
      states.set(state, (states.get(state) ?? 0) + 1);
    });
    return { found, states };
  }

  /** @returns those of which the ledger knows nothing, in a place where its keeper may have folded them into a count. */
  async strays(sweep: DaySweep, isFolded: (stray: Stray) => boolean): Promise<Stray[]> {
    const { source, signal } = this.#options;
    const { strays } = sweep;
    const rows = new Map<string, LedgerRow>();
    const ids = [...new Set(strays.map(({ id }) => id))];
    if (ids.length > 0) for await (const row of source.rows({ ids }, signal)) rows.set(row.id, row);
    return strays.filter((stray) => {
      const { id, key } = stray;
      const row = rows.get(id);
      const at = readStoredKey(key);
      if (!row && at?.isAtItsHour && isFolded(stray)) return true;
      if (!row) this.#tell('unexpected', id, at, [key], 'in the store, and the ledger knows nothing of it');
      // One that was captured after the rows were read is in its place.
      else if (!at?.isAtItsHour || at.device !== row.device || at.camera !== row.camera) {
        const known = sweep.rows.get(id);
        const keys = known?.extension === undefined ? [key] : [keyOf(id, known), key];
        this.#tell('doubled', id, row, keys, 'one capture in a place that is not its own');
      }
      return false;
    });
  }

  /** @param isReading Reads every object's bytes; else those alone whose size is not the row's. @returns how many were read. */
  async bytes(sweep: DaySweep, isReading: boolean): Promise<number> {
    const { store, signal } = this.#options;
    const isStored = ({ state, extension }: KnownCapture) => state === 'stored' && extension !== undefined;
    const ids = isReading ? [...sweep.rows].flatMap(([id, row]) => (isStored(row) ? [id] : [])) : sweep.resized;
    await inParallel(ids, STORE_REQUESTS, async (id) => {
      const row = sweep.rows.get(id);
      const hash = row && isStored(row) ? await store.hash(keyOf(id, row), true, signal) : undefined;
      if (row && hash !== undefined && hash !== hashOf(row)) this.#different(id, row, hash);
    });
    return isReading ? ids.length : 0;
  }

  doubled(sweep: DaySweep): void {
    for (const { id, keys } of sweep.doubled)
      this.#tell('doubled', id, sweep.rows.get(id), keys, 'one capture as two objects');
  }

  bareTwin(sweep: DaySweep, id: string, key: string): void {
    const row = sweep.rows.get(id);
    // Not there under its id: then it is not there twice.
    if (row?.extension === undefined) return;
    this.#tell(
      'doubled',
      id,
      row,
      [keyOf(id, row), key],
      'the same bare image came by the edge and by the cloud broker',
    );
  }

  #different(id: string, row: KnownCapture, hash: string): void {
    this.#tell(
      'different',
      id,
      row,
      [keyOf(id, row)],
      `its bytes in the store have SHA-256 ${hash}, the ledger says ${hashOf(row)}`,
    );
  }

  #tell(
    finding: Finding['finding'],
    id: string,
    place: { readonly device: string; readonly camera: string } | undefined,
    keys: readonly string[],
    detail: string,
  ): void {
    const where = place ? { device: place.device, camera: place.camera } : {};
    this.#options.onFinding({ finding, id, ...where, hour: hourOf(id), ...(keys.length > 0 ? { keys } : {}), detail });
  }
}
