import { readMetadata } from '../../src/contract/capture-metadata.ts';
import { objectKey } from '../../src/contract/object-key.ts';
import { sha256Hex } from '../../src/contract/sha256.ts';
import type { Emitted } from './capture-images.ts';

/** The six of the fault matrix: none lost, one object each, equal hashes, ledger balances, within bounds, recovered by itself. */
export type Invariant = 'I1' | 'I2' | 'I3' | 'I4' | 'I5' | 'I6';

export interface LedgerCounts {
  readonly pending: number;
  readonly stored: number;
  readonly refused: number;
  readonly evicted: number;
  readonly released: number;
}

export interface Bound {
  /** `forwarder: memory`, … */
  readonly of: string;
  readonly bytes: number;
  readonly maxBytes: number;
}

/** What was seen of a run, by eyes that use none of the code under test but the contract. */
export interface Findings {
  readonly emitted: readonly Emitted[];
  /** Hashes of what may be lost by design: bare images that only a broker's memory had. */
  readonly doubtful?: ReadonlySet<string>;
  /** Hashes of what the contract refuses: they may become no object. */
  readonly refusable?: ReadonlySet<string>;
  /** Other messages came too, which the ledger counts as refused. */
  readonly strays?: boolean;
  /** A part of the books is with another forwarder. */
  readonly sharesLedger?: boolean;
  /** Captures may be evicted or found damaged, as long as the ledger says so. */
  readonly mayShed?: boolean;
  readonly objects: readonly { readonly key: string; readonly bytes: Buffer }[];
  /** Undefined: it could not be read. */
  readonly ledger: LedgerCounts | undefined;
  /** Captures that a detector still holds. */
  readonly unheld: number;
  readonly bounds: readonly Bound[];
  /** From the end of the fault until all was settled; undefined: it never was. */
  readonly recoveredAfterMs: number | undefined;
  readonly maxRecoveryMs: number;
  /** Services that ended though nobody asked them to. */
  readonly crashes: readonly string[];
}

export interface Verdict {
  readonly holds: boolean;
  /** Of each broken invariant, what breaks it; the first few. */
  readonly broken: Readonly<Partial<Record<Invariant, readonly string[]>>>;
}

/** Judges a run. All six are looked at, also when the first is broken. */
export function judgeRun(findings: Findings): Verdict {
  const faults: [Invariant, string[]][] = [
    ['I1', lost(findings)],
    ['I2', doubledOrForeign(findings)],
    ['I3', changed(findings)],
    ['I4', unbalanced(findings)],
    ['I5', outOfBounds(findings)],
    ['I6', notRecovered(findings)],
  ];
  const broken = faults.filter(([, words]) => words.length > 0);
  return {
    holds: broken.length === 0,
    broken: Object.fromEntries(broken.map(([name, words]) => [name, words.slice(0, 5)])),
  };
}

export function verdictText({ holds, broken }: Verdict): string {
  if (holds) return 'holds';
  return Object.entries(broken)
    .map(([name, words]) => `${name} ${words.join('; ')}`)
    .join(' | ');
}

/** I1: each is an object, or the ledger says what else became of it. */
function lost({ emitted, objects, doubtful, refusable, mayShed, ledger }: Findings): string[] {
  const stored = new Set(objects.map(({ bytes }) => sha256Hex(bytes)));
  const missing = emitted.filter(({ sha256 }) => !stored.has(sha256) && !doubtful?.has(sha256));
  const unexplained = missing.filter(({ sha256 }) => !refusable?.has(sha256));
  // A tombstone counts: what was evicted or found damaged was shed in the open.
  const shed = (ledger?.evicted ?? 0) + Math.max(0, (ledger?.refused ?? 0) - (refusable?.size ?? 0));
  const openlyShed = mayShed ? shed : 0;
  if (unexplained.length <= openlyShed) return [];
  const names = unexplained.slice(0, 4).map(({ id, sha256 }) => id ?? `bare ${sha256.slice(0, 12)}`);
  return [`${unexplained.length} of ${emitted.length} lost (${openlyShed} shed openly), as ${names.join(', ')}`];
}

/** I2: of each one object, under its own key, and nothing that nobody published. */
function doubledOrForeign({ emitted, objects, refusable }: Findings): string[] {
  const byHash = new Map(emitted.map((capture) => [capture.sha256, capture]));
  const keysOf = Map.groupBy(objects, ({ bytes }) => sha256Hex(bytes));
  return [...keysOf].flatMap(([sha256, found]) => {
    const capture = byHash.get(sha256);
    const keys = found.map(({ key }) => key);
    if (!capture) return [`${keys.join(', ')}: nobody published it`];
    if (found.length > 1) return [`${keys.join(', ')}: ${found.length} objects of one capture`];
    if (refusable?.has(sha256) && !keys[0]?.includes('quarantine/')) return [`${keys[0]}: should have been refused`];
    return isItsKey(capture, keys[0] ?? '') ? [] : [`${keys[0]}: not the key of ${capture.topic}`];
  });
}

function isItsKey({ id, device, camera, sha256 }: Emitted, key: string): boolean {
  if (key.includes('quarantine/')) return true;
  if (id !== undefined) return key === objectKey({ device, camera, id }, 'png');
  return key.includes(`/${sha256}.`) || /^device=[a-z0-9-]+\/camera=bare\/dt=/.test(key);
}

/** I3: under the id of a capture are its bytes, and they still read as what they are. */
function changed({ emitted, objects }: Findings): string[] {
  const hashOf = new Map(emitted.flatMap(({ id, sha256 }) => (id === undefined ? [] : [[id, sha256]])));
  return objects.flatMap(({ key, bytes }) => {
    const id = /([0-9a-f-]{36})\.\w+$/.exec(key)?.[1];
    const wanted = id === undefined ? undefined : hashOf.get(id);
    if (wanted === undefined) return [];
    const got = sha256Hex(bytes);
    if (got !== wanted) return [`${key}: ${got.slice(0, 12)} instead of ${wanted.slice(0, 12)}`];
    return readMetadata(bytes)?.id === id ? [] : [`${key}: its metadata names another id`];
  });
}

/** I4: nothing is pending, and what the ledger calls stored is in the store. */
function unbalanced({ ledger, objects, emitted, doubtful, strays, sharesLedger, unheld }: Findings): string[] {
  if (!ledger) return ['the ledger could not be read'];
  const { pending, stored, refused, evicted, released } = ledger;
  const objectCount = objects.filter(({ key }) => !key.includes('quarantine/')).length;
  const total = pending + stored + refused + evicted + released - (strays ? refused : 0);
  const words = [];
  if (unheld > 0) words.push(`${unheld} captures are still with their detector`);
  if (pending > 0) words.push(`${pending} captures are pending`);
  if (sharesLedger) return words;
  // Evicted or refused after it was sent: the store may have it all the same.
  if (objectCount < stored || objectCount > stored + evicted + refused)
    words.push(`${stored} stored (${refused} refused, ${evicted} evicted), but ${objectCount} objects`);
  if (total > emitted.length || total < emitted.length - (doubtful?.size ?? 0))
    words.push(`${total} in the ledger, ${emitted.length} published`);
  return words;
}

/** I5 */
function outOfBounds({ bounds }: Findings): string[] {
  return bounds
    .filter(({ bytes, maxBytes }) => bytes > maxBytes)
    .map(({ of, bytes, maxBytes }) => `${of}: ${mebibytes(bytes)} of at most ${mebibytes(maxBytes)}`);
}

/** I6 */
function notRecovered({ recoveredAfterMs, maxRecoveryMs, crashes }: Findings): string[] {
  if (recoveredAfterMs === undefined) return [`not recovered within ${maxRecoveryMs / 1000} s`, ...crashes];
  return [...crashes];
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
