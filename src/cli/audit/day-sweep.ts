import type { LedgerRow, LedgerState } from '../../contract/ledger.ts';
import { BARE_CAMERA } from '../../contract/names.ts';
import { hourOf, readStoredKey } from './stored-key.ts';

/** What is remembered of a row: days may have hundreds of thousands. */
export interface KnownCapture {
  readonly device: string;
  readonly camera: string;
  /** As bytes in a text of 32 characters. */
  readonly hash: string;
  readonly bytes: number;
  readonly state: LedgerState;
  /** Of the object in its place; undefined while none was seen. */
  extension?: string;
}

/** An object under an id that this day's rows don't explain. */
export interface Stray {
  readonly id: string;
  readonly key: string;
}

/** One day's rows against one day's objects. What disagrees may be news by now: it is asked again before it counts. */
export class DaySweep {
  readonly rows = new Map<string, KnownCapture>();
  /** In the store, in a place of a capture; the rows know nothing of it, or have it elsewhere. */
  readonly strays: Stray[] = [];
  /** In its place, with another size than the row says. */
  readonly resized: string[] = [];
  /** The same id, twice in its place. */
  readonly doubled: { readonly id: string; readonly keys: readonly string[] }[] = [];
  /** Under the device, and no key of a capture. */
  readonly foreign: string[] = [];
  readonly #names = new Map<string, string>();

  addRow({ id, device, camera, sha256, bytes, state }: LedgerRow): void {
    const hash = Buffer.from(sha256, 'hex').toString('latin1');
    this.rows.set(id, { device: this.#one(device), camera: this.#one(camera), hash, bytes, state: this.#one(state) });
  }

  /** Returns false for a key that no capture has. */
  addObject(key: string, bytes: number): boolean {
    const stored = readStoredKey(key);
    if (!stored) {
      this.foreign.push(key);
      return false;
    }
    const { id, device, camera, isAtItsHour } = stored;
    const row = this.rows.get(id);
    if (!row || row.device !== device || row.camera !== camera || !isAtItsHour) this.strays.push({ id, key });
    else if (row.extension !== undefined) this.doubled.push({ id, keys: [keyOf(id, row), key] });
    else {
      row.extension = this.#one(key.slice(key.lastIndexOf('.') + 1));
      if (row.bytes !== bytes) this.resized.push(id);
    }
    return true;
  }

  /** Stored by the ledger, and not seen in the store. */
  missing(): string[] {
    return [...this.rows].flatMap(([id, row]) => (row.state === 'stored' && row.extension === undefined ? [id] : []));
  }

  /** Seen in the store, and not known as stored; what was released to a broker may well be there. */
  unsettled(): string[] {
    const isUnsettled = ({ state, extension }: KnownCapture) =>
      extension !== undefined && (state === 'pending' || state === 'evicted' || state === 'refused');
    return [...this.rows].flatMap(([id, row]) => (isUnsettled(row) ? [id] : []));
  }

  /** Bare images that came to the edge: hash → id. */
  bareHashes(): Map<string, string> {
    return new Map(
      [...this.rows].flatMap(([id, row]): [string, string][] =>
        row.camera === BARE_CAMERA ? [[hashOf(row), id]] : [],
      ),
    );
  }

  /** Each page brings its own copy of the same few names. */
  #one<Name extends string>(name: Name): Name {
    const known = this.#names.get(name) ?? name;
    this.#names.set(name, known);
    return known as Name;
  }
}

/** SHA-256 in hexadecimal digits. */
export function hashOf({ hash }: KnownCapture): string {
  return Buffer.from(hash, 'latin1').toString('hex');
}

/** Where a row's object is, or would be. */
export function keyOf(id: string, { device, camera, extension = 'png' }: KnownCapture): string {
  const [day = '', hour = ''] = hourOf(id).split('T');
  return `device=${device}/camera=${camera}/dt=${day}/hh=${hour}/${id}.${extension}`;
}
