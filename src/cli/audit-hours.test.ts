import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AuditedBooks, type Planted } from '../../test/support/audited-books.ts';
import { runAudit } from '../../test/support/run-audit.ts';
import { EXIT_CODES } from '../platform/exit-codes.ts';

const HOUR_MS = 3_600_000;
let books: AuditedBooks;
beforeEach(async () => {
  books = new AuditedBooks();
  await books.open();
});
afterEach(() => books.remove());

const audit = (...args: string[]) => runAudit(books, ...args);

it('follows clocks that are wrong', async () => {
  const [past, future] = [await books.enter({ at: new Date(0) }), await books.enter({ at: new Date(2 ** 48 - 1) })];
  expect(await audit()).toMatchObject({ code: EXIT_CODES.ok, summary: { captured: 2, objects: 2 } });
  for (const { key } of [past, future]) books.delete(key);
  expect((await audit()).named.toSorted()).toEqual([
    ['missing', past.id],
    ['missing', future.id],
  ]);
});

describe('looks only where it is told to:', () => {
  const yesterday = new Date(Date.now() - 24 * HOUR_MS);
  const day = yesterday.toISOString().slice(0, 10);
  let [older, newer]: Planted[] = [];
  beforeEach(async () => {
    [older, newer] = [await books.enter({ at: yesterday, camera: 'yard' }), await books.enter()];
    for (const { key } of [older, newer]) books.delete(key);
  });

  it('hours', async () => {
    expect((await audit()).named).toHaveLength(2);
    expect((await audit('--to', day)).named).toEqual([['missing', older?.id]]);
    expect((await audit('--from', new Date().toISOString().slice(0, 13))).named).toEqual([['missing', newer?.id]]);
    expect((await audit('--from', day, '--to', day)).summary).toMatchObject({ captured: 1, findings: { missing: 1 } });
    expect((await audit('--to', '2020-01-01')).named).toEqual([]);
  });

  it('a camera, a device', async () => {
    expect((await audit('--camera', 'yard')).named).toEqual([['missing', older?.id]]);
    expect((await audit('--device', 'gate-3')).named).toHaveLength(2);
  });
});

describe('hours of which only counts are left', () => {
  const at = new Date(Date.now() - 30 * 24 * HOUR_MS);
  let old: Planted;
  beforeEach(async () => {
    old = await books.enter({ at });
    await books.enter({ at });
    await books.enter({ at, state: 'evicted', reason: 'full' });
    // The last row is never folded.
    await books.enter();
    await books.close();
    const db = new DatabaseSync(join(books.spoolFolder, 'spool.db'));
    db.prepare('UPDATE captures SET settled_at = ? WHERE seq < (SELECT MAX(seq) FROM captures)').run(at.getTime());
    db.close();
    // Folds them, as any start of the forwarder does.
    await books.open();
  });

  it('are compared by count, when they are asked for', async () => {
    const from = ['--from', at.toISOString().slice(0, 10)];
    expect(await audit(...from)).toMatchObject({
      code: EXIT_CODES.ok,
      summary: { captured: 4, stored: 3, evicted: 1, objects: 3 },
    });
    books.delete(old.key);
    expect((await audit(...from)).findings).toMatchObject([{ finding: 'count', hour: at.toISOString().slice(0, 13) }]);
    expect(await audit()).toMatchObject({ code: EXIT_CODES.ok, summary: { captured: 1 } });
  });

  it('may have more objects where an eviction was in doubt, but no more than that', async () => {
    const from = ['--from', at.toISOString().slice(0, 10)];
    books.plant({ at });
    expect((await audit(...from)).findings).toEqual([]);
    books.plant({ at });
    expect((await audit(...from)).findings).toMatchObject([{ finding: 'count' }]);
  });
});
