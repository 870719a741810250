import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/support/folder.ts';
import { openSpoolDatabase } from './database.ts';
import { SpoolLedger } from './ledger.ts';

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0).reverse()) cleanup();
});

/** A ledger of a real database that folds whatever is settled. */
function setUp(): SpoolLedger {
  const { path: folder, remove } = temporaryFolder();
  cleanups.push(remove);
  const settings = { folder, maxBytes: 2 ** 30, minFreeBytes: 1, quarantineMaxBytes: 2 ** 20, keepDays: 0 };
  const { db, content } = openSpoolDatabase(folder, (opened) => new SpoolLedger(opened, settings));
  cleanups.push(() => db.close());
  return content;
}

function put(ledger: SpoolLedger, id: string): void {
  const body = new Uint8Array(10);
  const facts = { device: 'gate', camera: 'door', topic: 'a', sha256: 'a'.repeat(64), quality: 0.5, isBare: false };
  ledger.commit([{ type: 'put', capture: { ...facts, id, body } }]);
}

const id = (number: number) => `01890000-0000-7000-8000-${String(number).padStart(12, '0')}`;

describe('SpoolLedger', () => {
  it('numbers what comes after a quiet week behind all that was folded, so that whoever reads on finds it', async () => {
    const ledger = setUp();
    for (const number of [1, 2, 3]) put(ledger, id(number));
    const { lastSeq } = ledger.status();
    const settlement = { sha256: 'a'.repeat(64), state: 'stored' } as const;
    ledger.commit([1, 2, 3].map((number) => ({ type: 'settle', settlement: { ...settlement, id: id(number) } })));
    await sleep(5);
    ledger.fold();
    expect(ledger.status().counts).toMatchObject({ pending: 0, stored: 3 });
    put(ledger, id(4));
    const read = ledger.read({ after: lastSeq, upTo: Number.MAX_SAFE_INTEGER, maxCaptures: 9, maxBytes: 1e6 });
    expect(read.map((capture) => capture.id)).toEqual([id(4)]);
  });
});
