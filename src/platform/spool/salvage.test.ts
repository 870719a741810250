import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { ALL_PENDING, spoolCapture } from '../../../test/support/spool-captures.ts';
import { spoolSite } from '../../../test/support/spool-site.ts';
import { BLOCK_BYTES } from './blocks.ts';
import type { SpoolCapture } from './protocol.ts';
import type { Spool } from './spool.ts';

const { folder, open } = spoolSite();

/** A spool with 100 stored, 100 pending and 2 refused captures, closed. Returns what is pending. */
async function filled(path: string): Promise<SpoolCapture[]> {
  const spool = await open({ folder: path });
  const stored = Array.from({ length: 100 }, () => spoolCapture());
  for (const one of stored) await spool.put(one);
  await spool.settle(stored.map(({ id, sha256 }) => ({ id, sha256, state: 'stored' })));
  const pending = Array.from({ length: 100 }, () => spoolCapture());
  for (const one of pending) await spool.put(one);
  for (let count = 0; count < 2; count += 1) await spool.put(spoolCapture({ refusedFor: 'not-an-image' }));
  await spool.stop();
  return pending;
}

async function expectPending(spool: Spool, captures: readonly SpoolCapture[]): Promise<void> {
  const read = await spool.pending(ALL_PENDING);
  expect(new Map(read.map(({ id, body }) => [id, body.toString('hex')]))).toEqual(
    new Map(captures.map(({ id, body }) => [id, body.toString('hex')])),
  );
}

describe('salvage', () => {
  it('finds every capture in the file of bodies when the index is gone', async () => {
    const path = folder();
    const pending = await filled(path);
    rmSync(join(path, 'spool.db'));
    const spool = await open({ folder: path });
    const report = await spool.salvaged;
    expect(report).toMatchObject({ rows: 0, damaged: 0 });
    const ids = new Set((await spool.pending(ALL_PENDING)).map(({ id }) => id));
    expect(pending.every(({ id }) => ids.has(id))).toBe(true);
    expect(spool.status).toMatchObject({ gap: 0, counts: { refused: 2 } });
  });

  it('takes over what a damaged index still says, and finds the rest among the bodies', async () => {
    const path = folder();
    const pending = await filled(path);
    const file = join(path, 'spool.db');
    const bytes = readFileSync(file);
    const pageBytes = bytes.readUInt16BE(16);
    for (const page of [6, 7, 20]) bytes.fill(0xff, page * pageBytes, (page + 1) * pageBytes);
    writeFileSync(file, bytes);
    const spool = await open({ folder: path });
    const newcomer = spoolCapture();
    await spool.put(newcomer);
    expect((await spool.salvaged)?.rows).toBeGreaterThan(10);
    const ids = new Set((await spool.pending(ALL_PENDING)).map(({ id }) => id));
    for (const { id } of [...pending, newcomer]) expect(ids).toContain(id);
    expect(spool.status.gap).toBe(0);
    expect(readdirSync(path).some((name) => name.includes('aside'))).toBe(false);
  });

  it('takes a file that is no database for an index that is gone, and says that the balance is unknown until it has looked', async () => {
    const path = folder();
    const pending = await filled(path);
    writeFileSync(join(path, 'spool.db'), 'this is no database, but it is long enough to be looked at '.repeat(100));
    const spool = await open({ folder: path });
    expect(spool.status.gap).toBe('unknown');
    await spool.salvaged;
    const ids = new Set((await spool.pending(ALL_PENDING)).map(({ id }) => id));
    expect(pending.every(({ id }) => ids.has(id))).toBe(true);
  });

  it('goes on where it was broken off, and frees what no row needs at its end', async () => {
    const path = folder();
    const pending = await filled(path);
    rmSync(join(path, 'spool.db'));
    const first = await open({ folder: path });
    await first.stop();
    const second = await open({ folder: path });
    await second.salvaged;
    const { usedBytes, counts } = second.status;
    expect(usedBytes).toBe((counts.pending + counts.refused) * BLOCK_BYTES);
    const ids = new Set((await second.pending(ALL_PENDING)).map(({ id }) => id));
    expect(pending.every(({ id }) => ids.has(id))).toBe(true);
    await second.stop();
    expect((await open({ folder: path })).salvaged).toBeUndefined();
  });

  it('overwrites nothing that is not looked at yet', async () => {
    const path = folder();
    const pending = await filled(path);
    rmSync(join(path, 'spool.db'));
    const spool = await open({ folder: path });
    const newcomers = Array.from({ length: 50 }, () => spoolCapture());
    await Promise.all(newcomers.map((one) => spool.put(one)));
    await spool.salvaged;
    const ids = new Set((await spool.pending(ALL_PENDING)).map(({ id }) => id));
    for (const { id } of [...pending, ...newcomers]) expect(ids).toContain(id);
  });

  it('takes over a spool of the first layout, bodies and counts', async () => {
    const path = folder();
    const [pending, stored] = [spoolCapture(), spoolCapture()];
    const db = new DatabaseSync(join(path, 'spool.db'));
    db.exec(`CREATE TABLE captures (seq INTEGER PRIMARY KEY, id TEXT, device TEXT, camera TEXT, topic TEXT, sha256 TEXT, bytes INTEGER,
        quality REAL, bare INTEGER, arrived_at INTEGER, sends INTEGER, state TEXT, reason TEXT, settled_at INTEGER);
      CREATE TABLE bodies (seq INTEGER PRIMARY KEY, body BLOB);
      CREATE TABLE folded (device TEXT, camera TEXT, hour TEXT, state TEXT, reason TEXT, captures INTEGER);
      INSERT INTO folded VALUES ('gate', 'door', '2026-01-01T10', 'stored', '', 7); PRAGMA user_version = 1;`);
    const insert = db.prepare('INSERT INTO captures VALUES (?, ?, ?, ?, ?, ?, ?, 0.5, 0, 1000, 0, ?, NULL, ?)');
    for (const [index, { id, device, camera, topic, sha256, body }] of [pending, stored].entries()) {
      const [state, settledAt] = index === 0 ? ['pending', null] : ['stored', Date.now()];
      insert.run(index + 1, id, device, camera, topic, sha256, body.length, state, settledAt);
    }
    db.prepare('INSERT INTO bodies VALUES (1, ?)').run(pending.body);
    db.close();
    const spool = await open({ folder: path });
    await spool.salvaged;
    await expectPending(spool, [pending]);
    expect(spool.status).toMatchObject({ gap: 0, captured: 9, counts: { pending: 1, stored: 8 } });
    expect(readdirSync(path).filter((name) => name.startsWith('spool.db.'))).toEqual([]);
  });
});
