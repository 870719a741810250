import { expect, it } from 'vitest';
import type { StoreListing } from '../../cloud/image-processor/stores/store-listing.ts';
import { mintCaptureId } from '../../contract/capture-id.ts';
import type { LedgerHour, LedgerRow, LedgerStatus } from '../../contract/ledger.ts';
import { objectKey } from '../../contract/object-key.ts';
import { sha256Hex } from '../../contract/sha256.ts';
import { audit } from './audit-run.ts';
import type { Finding } from './finding.ts';
import type { FoundStored, LedgerSource } from './ledger-source.ts';
import { hourOf } from './stored-key.ts';

const AT = new Date('2026-11-21T05:30:00Z');
const BYTES = Buffer.from('a face');

it('does not balance while nobody knows whether it does', async () => {
  const { findings } = await run({ status: { gap: 'unknown' } });
  expect(findings).toMatchObject([{ finding: 'gap', detail: expect.stringMatching(/salvaged/) }]);
  expect((await run({ status: { gap: -2 } })).findings).toMatchObject([{ finding: 'gap' }]);
});

it('names the hour that does not account for what was captured', async () => {
  const stored = row();
  const { findings } = await run({
    rows: [stored],
    objects: [keyOf(stored)],
    hours: [{ ...hourWith(stored), captured: 2 }],
  });
  expect(findings).toMatchObject([{ finding: 'gap', device: 'gate-3', camera: 'door', hour: '2026-11-21T05' }]);
});

it('asks again before it takes news for a fault: stored meanwhile, captured meanwhile', async () => {
  const [settled, fresh] = [row({ state: 'pending' }), row()];
  const { findings, totals, told } = await run({
    rows: [settled],
    again: [{ ...settled, state: 'stored' }, fresh],
    objects: [keyOf(settled), keyOf(fresh)],
  });
  expect(findings).toEqual([]);
  expect([told, totals.settled]).toEqual([[], 0]);
});

it('takes an object that the listing did not show for what it is, when it is looked up', async () => {
  const late = row();
  expect((await run({ rows: [late], objects: [], hidden: [keyOf(late)] })).findings).toEqual([]);
  expect((await run({ rows: [late], objects: [] })).findings).toMatchObject([{ finding: 'missing', id: late.id }]);
});

it('settles what was pending and is stored with these bytes, and says which', async () => {
  const pending = row({ state: 'pending' });
  const { told, totals } = await run({ rows: [pending], objects: [keyOf(pending)] });
  expect(told).toEqual([{ device: 'gate-3', id: pending.id, sha256: pending.sha256 }]);
  expect([totals.settled, totals.found.get('pending')]).toEqual([1, 1]);
});

interface World {
  readonly status?: Partial<LedgerStatus>;
  readonly rows?: readonly LedgerRow[];
  /** What the ledger says when it is asked about single ids, later. */
  readonly again?: readonly LedgerRow[];
  readonly hours?: readonly LedgerHour[];
  readonly objects?: readonly string[];
  /** In the store, and not in its listing. */
  readonly hidden?: readonly string[];
}

/** An audit of a ledger and a store that say what they are told to. */
async function run({ status, rows = [], again = rows, hours = rows.map(hourWith), objects = [], hidden = [] }: World) {
  const findings: Finding[] = [];
  const told: FoundStored[] = [];
  const source: LedgerSource = {
    address: 'a ledger',
    status: async () => ({ counts: {}, captured: rows.length, gap: 0, unkept: 0, keepDays: 7, ...status }),
    hours: async () => hours,
    async *rows({ ids }) {
      yield* ids ? again.filter(({ id }) => ids.includes(id)) : rows;
    },
    async settle(found) {
      told.push(...found);
    },
    async close() {},
  };
  const store: StoreListing = {
    address: 'a store',
    async start() {},
    folders: async (prefix) => [
      ...new Set(
        objects.filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length).split('/')[0] ?? ''),
      ),
    ],
    async *list(prefix) {
      for (const key of objects) if (key.startsWith(prefix)) yield { key, bytes: BYTES.length };
    },
    hash: async (key) => (objects.includes(key) || hidden.includes(key) ? sha256Hex(BYTES) : undefined),
    async stop() {},
  };
  const totals = await audit({
    source,
    store,
    device: undefined,
    camera: undefined,
    from: undefined,
    to: undefined,
    ownDevice: undefined,
    cloudDevice: 'cloud',
    isVerifying: false,
    isSettling: true,
    now: AT.getTime(),
    signal: new AbortController().signal,
    onScope: () => undefined,
    onFinding: (finding) => findings.push(finding),
  });
  return { findings, totals, told };
}

function row(more: Partial<LedgerRow> = {}): LedgerRow {
  return {
    seq: 1,
    id: mintCaptureId(AT),
    device: 'gate-3',
    camera: 'door',
    sha256: sha256Hex(BYTES),
    bytes: BYTES.length,
    quality: 0.5,
    state: 'stored',
    reason: null,
    sends: 1,
    hasBody: false,
    arrivedAtMs: AT.getTime(),
    settledAtMs: null,
    ...more,
  };
}

function keyOf(capture: LedgerRow): string {
  return objectKey(capture, 'png');
}

function hourWith({ device, camera, id, state }: LedgerRow): LedgerHour {
  return { device, camera, hour: hourOf(id), captured: 1, rows: { [state]: 1 }, folded: {} };
}
