import { hash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { killPoint } from '../kill-points.ts';
import { asideIndexes, markSalvaged } from './aside.ts';
import { AsideIndex, type AsideRow } from './aside-rows.ts';
import { BLOCK_BYTES, blocksFor } from './blocks.ts';
import { decodeRecordHead } from './body-record.ts';
import { Body, type BodyStore } from './body-store.ts';
import { type EntryPage, type EntryQuery, LOST_ON_DISK, type PendingQuery, type SpooledCapture } from './protocol.ts';
import type { Adoption, SpoolRequests, SpoolResponses } from './thread-protocol.ts';

const BATCH = 32;
/** Heads are looked for in so many blocks at a time. */
const SCAN_BLOCKS = 256;

interface Head {
  readonly facts: Adoption['facts'];
  readonly place: NonNullable<Adoption['place']>;
}

export interface SalvagingSpool {
  entries(query: EntryQuery): Promise<EntryPage>;
  pending(query: PendingQuery): Promise<readonly SpooledCapture[]>;
}

export interface SalvageOptions {
  readonly folder: string;
  readonly bodies: BodyStore;
  readonly adopt: (request: SpoolRequests['adopt']) => Promise<SpoolResponses['adopt']>;
  /** The new one, already in use. */
  readonly spool: SalvagingSpool;
  readonly signal: AbortSignal;
}

export interface SalvageReport {
  /** Rows of the old index that were taken over, and captures found without one. */
  readonly rows: number;
  readonly found: number;
  /** Pending captures whose bytes are gone. */
  readonly damaged: number;
}

/**
 * Takes over what is left of a spool whose index can't be read, while a new index is already in use: first the rows that the old one still
 * gives, then every capture that stands in the file of bodies and has no row. No body is copied. May be broken off and begun again.
 */
export async function salvage(options: SalvageOptions): Promise<SalvageReport> {
  const { folder, bodies, adopt, spool, signal } = options;
  const report = { rows: 0, found: 0, damaged: 0 };
  const indexes = asideIndexes(folder);
  for (const file of indexes) {
    const index = new AsideIndex(file);
    const from = file.slice(file.lastIndexOf('-') + 1);
    // Before any row: an image of a capture that was folded long ago may still stand among the bodies.
    await adopt({ adoptions: [], counts: [], memory: { ...index.memory(), from } });
    for (const rows of index.rows()) {
      signal.throwIfAborted();
      const adoptions = await Promise.all(rows.map((row) => adoptionOf(row, bodies)));
      await adopt({ adoptions, counts: [] });
      report.rows += rows.length;
      report.damaged += adoptions.filter(({ state, reason }) => state === 'refused' && reason === LOST_ON_DISK).length;
      killPoint('spool/during-salvage');
    }
    await adopt({ adoptions: [], counts: index.counts().map((counts) => ({ ...counts, from })) });
    index.close();
    if (index.isWhole) for (const suffix of ['', '-wal', '-shm']) await rm(file + suffix, { force: true });
  }
  // Where the log of the index was cut short, rows may name blocks that have had another owner since.
  await verifyPending(spool, signal);
  for await (const heads of recordHeads(bodies, signal)) {
    const ids = await knownAmong(spool, heads);
    const adoptions: Adoption[] = [];
    for (const { facts, place } of heads) {
      if (ids.has(facts.id) || !(await isWhole({ facts, place }, bodies))) continue;
      const { refusedFor } = facts;
      const now = Date.now();
      adoptions.push({
        ...{ facts, place, sends: 0, arrivedAtMs: now },
        ...(refusedFor === undefined
          ? { state: 'pending', reason: null, settledAtMs: null }
          : { state: 'refused', reason: refusedFor, settledAtMs: now }),
      });
    }
    if (adoptions.length > 0) await adopt({ adoptions, counts: [] });
    report.found += adoptions.length;
  }
  for (const file of asideIndexes(folder)) markSalvaged(file);
  return report;
}

async function knownAmong(spool: SalvagingSpool, heads: readonly Head[]): Promise<ReadonlySet<string>> {
  const ids = heads.map(({ facts }) => facts.id);
  const { entries } = await spool.entries({ ids, limit: ids.length });
  return new Set(entries.map(({ id }) => id));
}

/** Reads all pending bodies: what is not what was written is settled as lost on the way. */
async function verifyPending(spool: SalvagingSpool, signal: AbortSignal): Promise<void> {
  const stretch = { upTo: Number.MAX_SAFE_INTEGER, maxCaptures: 32, maxBytes: 2 ** 20 };
  for (let after: number | undefined = 0; after !== undefined; ) {
    signal.throwIfAborted();
    after = (await spool.pending({ ...stretch, after })).at(-1)?.seq;
  }
}

/** A row with a body that is what it was keeps it; a pending one without is lost on disk. */
async function adoptionOf(row: AsideRow, bodies: BodyStore): Promise<Adoption> {
  const { facts, state, reason, sends, arrivedAtMs, settledAtMs, body } = row;
  const common = { facts, sends, arrivedAtMs };
  const settled = { ...common, state, reason, settledAtMs, place: undefined };
  if (state !== 'pending' && state !== 'refused') return settled;
  const place = body ? await placeOf(row, body, bodies) : row.place;
  if (place && (body || (await isWhole({ facts, place }, bodies)))) return { ...settled, place };
  return state === 'refused'
    ? settled
    : { ...settled, state: 'refused', reason: LOST_ON_DISK, settledAtMs: Date.now() };
}

async function placeOf({ facts }: AsideRow, body: Buffer, bodies: BodyStore) {
  const one = new Body(facts, body);
  return bodies.exclusively(async () => {
    await bodies.room(one.blocks);
    const [place] = await bodies.write([one]);
    return place;
  });
}

async function isWhole({ facts, place }: Pick<Adoption, 'facts' | 'place'>, bodies: BodyStore): Promise<boolean> {
  const body = place && (await bodies.read(place, facts.bytes).catch(() => undefined));
  return body !== undefined && hash('sha256', body, 'hex') === facts.sha256;
}

/** What looks like the beginning of a record, some at a time. Records in several pieces are found by their rows alone. */
async function* recordHeads(bodies: BodyStore, signal: AbortSignal) {
  const blocks = bodies.heldBlocks;
  let found: Head[] = [];
  for (let first = 0; first < blocks; first += SCAN_BLOCKS) {
    signal.throwIfAborted();
    const count = Math.min(SCAN_BLOCKS, blocks - first);
    const all = { extents: [[first, count] as const], headBytes: 0 };
    const bytes = await bodies.read(all, count * BLOCK_BYTES).catch(() => Buffer.alloc(0));
    for (let block = 0; block * BLOCK_BYTES < bytes.length; block += 1) {
      const head = decodeRecordHead(bytes.subarray(block * BLOCK_BYTES, (block + 1) * BLOCK_BYTES));
      if (!head) continue;
      const { facts, headBytes } = head;
      found.push({ facts, place: { extents: [[first + block, blocksFor(headBytes + facts.bytes)]], headBytes } });
    }
    if (found.length < BATCH) continue;
    yield found;
    found = [];
  }
  if (found.length > 0) yield found;
}
