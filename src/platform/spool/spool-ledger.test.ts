import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { spoolCapture } from '../../../test/support/spool-captures.ts';
import { settle, spoolSite } from '../../../test/support/spool-site.ts';
import type { EntryPage } from './protocol.ts';

const { folder, open } = spoolSite();

describe('the ledger of a spool', () => {
  it('lets the operator look, try again and drop, and overwrites what is dropped', async () => {
    const path = folder();
    const spool = await open({ folder: path });
    const [refused, pending] = [spoolCapture({ refusedFor: 'damaged' }), spoolCapture()];
    await spool.put(refused);
    await spool.put(pending);
    expect((await spool.body(refused.id))?.equals(refused.body)).toBe(true);
    expect(await spool.retry([refused.id, pending.id, 'nobody'])).toBe(1);
    expect(await spool.drop([refused.id])).toBe(1);
    expect(await spool.body(refused.id)).toBeUndefined();
    const bytes = readFileSync(join(path, 'bodies'));
    expect(bytes.includes(refused.body)).toBe(false);
    expect(bytes.includes(pending.body)).toBe(true);
    const { entries } = await spool.entries({ states: ['evicted'], limit: 10 });
    expect(entries).toMatchObject([{ id: refused.id, reason: 'operator', hasBody: false }]);
    expect((await spool.recount()).gap).toBe(0);
  });

  it('forgets a test image once it is settled, as if it had never come', async () => {
    const spool = await open({ passingCameras: ['doctor'] });
    const [test, other] = [spoolCapture({ camera: 'doctor' }), spoolCapture()];
    for (const one of [test, other]) await spool.put(one);
    expect(await settle(spool, { id: test.id, sha256: '0'.repeat(64), state: 'stored' })).toBe(false);
    for (const { id, sha256 } of [test, other]) expect(await settle(spool, { id, sha256, state: 'stored' })).toBe(true);
    expect(await spool.recount()).toMatchObject({ captured: 1, gap: 0, counts: { stored: 1 }, usedBytes: 0 });
    expect((await spool.entries({ limit: 9 })).entries.map(({ id }) => id)).toEqual([other.id]);
  });

  it('leaves no tombstone of a test image that has to make room', async () => {
    const spool = await open({ passingCameras: ['doctor'], maxBytes: 20_000 });
    await spool.put(spoolCapture({ camera: 'doctor', quality: 0.1, body: Buffer.alloc(9_000, 1) }));
    await spool.put(spoolCapture({ quality: 0.9, body: Buffer.alloc(9_000, 2) }));
    expect(await spool.recount()).toMatchObject({ captured: 1, gap: 0, counts: { pending: 1, evicted: 0 } });
  });

  it('shows captures that died in a detector as gaps in its numbers', async () => {
    const spool = await open();
    for (const runSeq of [5, 6, 9, 8]) await spool.put(spoolCapture({ run: 'a', runSeq }));
    await spool.put(spoolCapture({ run: 'b', runSeq: 3 }));
    expect(spool.status.unkept).toBe(1);
    await spool.put(spoolCapture({ run: 'a', runSeq: 7 }));
    expect((await spool.recount()).unkept).toBe(0);
  });

  it('counts no gap up to a number that no detector reaches', async () => {
    const path = folder();
    const spool = await open({ folder: path });
    for (const runSeq of [1, 2 ** 52]) await spool.put(spoolCapture({ run: 'a', runSeq }));
    expect((await spool.recount()).unkept).toBe(0);
    await spool.stop();
    expect((await open({ folder: path })).status).toMatchObject({ unkept: 0, captured: 2 });
  });

  it('gives the books by camera and hour, and pages of rows', async () => {
    const spool = await open();
    const captures = Array.from({ length: 25 }, (_, index) =>
      spoolCapture({ camera: index % 2 === 0 ? 'door' : 'yard' }),
    );
    for (const one of captures) await spool.put(one);
    const door = captures.filter(({ camera }) => camera === 'door');
    await spool.settle(door.slice(0, 3).map(({ id, sha256 }) => ({ id, sha256, state: 'stored' })));
    expect(await spool.hours({ camera: 'door' })).toMatchObject([
      { device: 'gate', camera: 'door', captured: 13, rows: { stored: 3, pending: 10 }, folded: { stored: 0 } },
    ]);
    const ids: string[] = [];
    for (let after: number | undefined = 0; after !== undefined; ) {
      const page: EntryPage = await spool.entries({ after, limit: 10 });
      ids.push(...page.entries.map(({ id }) => id));
      after = page.next;
    }
    expect(ids).toEqual(captures.map(({ id }) => id));
  });

  it('folds old settled rows into counts that still balance', async () => {
    const path = folder();
    const spool = await open({ folder: path });
    const one = spoolCapture();
    await spool.put(one);
    await spool.put(spoolCapture());
    await settle(spool, { id: one.id, sha256: one.sha256, state: 'stored' });
    await spool.stop();
    const db = new DatabaseSync(join(path, 'spool.db'));
    db.exec('UPDATE captures SET settled_at = settled_at - 8 * 86400000 WHERE settled_at IS NOT NULL');
    db.close();
    const later = await open({ folder: path });
    expect(later.status.counts).toMatchObject({ pending: 1, stored: 1 });
  });
});
