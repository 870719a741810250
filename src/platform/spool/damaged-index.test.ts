import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { eventually } from '../../../test/support/eventually.ts';
import { ALL_PENDING, spoolCapture } from '../../../test/support/spool-captures.ts';
import { spoolSite } from '../../../test/support/spool-site.ts';
import type { SpoolCapture } from './protocol.ts';
import type { Spool } from './spool.ts';

const { folder, open } = spoolSite();

async function filled(path: string, count: number, body?: (index: number) => Buffer): Promise<SpoolCapture[]> {
  const spool = await open({ folder: path });
  const captures = Array.from({ length: count }, (_, index) => spoolCapture(body ? { body: body(index) } : {}));
  await Promise.all(captures.map((one) => spool.put(one)));
  await spool.stop();
  return captures;
}

/** Overwrites the first page of a table or an index. */
function damage(path: string, name: string): void {
  const file = join(path, 'spool.db');
  const db = new DatabaseSync(file);
  const pageBytes = Number(db.prepare('PRAGMA page_size').get()?.page_size);
  const root = Number(db.prepare('SELECT rootpage FROM sqlite_master WHERE name = ?').get(name)?.rootpage);
  db.close();
  const fd = openSync(file, 'r+');
  writeSync(fd, Buffer.alloc(pageBytes, 0xa5), 0, pageBytes, (root - 1) * pageBytes);
  closeSync(fd);
}

const pendingIds = async (spool: Spool) => new Set((await spool.pending(ALL_PENDING)).map(({ id }) => id));

describe('an index that is damaged', () => {
  it.each(['sqlite_autoindex_captures_1', 'sqlite_autoindex_cameras_1', 'worth', 'pending', 'captures'])(
    'in %s is set aside whenever it shows, and the spool goes on with all that it held',
    async (name) => {
      const path = folder();
      const captures = await filled(path, 150);
      damage(path, name);
      const spool = await open({ folder: path });
      const newcomer = spoolCapture();
      // Whoever meets the damage is told so, and comes again.
      await spool.put(newcomer).catch(() => undefined);
      await eventually(() => spool.salvaged, Boolean);
      await spool.put(newcomer);
      await spool.salvaged;
      const ids = await pendingIds(spool);
      for (const { id } of [...captures, newcomer]) expect(ids).toContain(id);
      expect((await spool.recount()).gap).toBe(0);
    },
  );

  it.each([0.2, 0.5, 0.8])('in its log at %d of it, after a kill -9: what was held is still there', async (part) => {
    const path = folder();
    const script = `
      import { Spool } from ${JSON.stringify(new URL('./spool.ts', import.meta.url).href)};
      import { spoolCapture, SPOOL_SETTINGS } from ${JSON.stringify(new URL('../../../test/support/spool-captures.ts', import.meta.url).href)};
      const spool = new Spool({ ...SPOOL_SETTINGS, folder: ${JSON.stringify(path)} });
      await spool.start();
      for (let count = 0; count < 100; count += 1) await spool.put(spoolCapture());
      process.kill(process.pid, 'SIGKILL');`;
    const child = spawn(process.execPath, [
      '--disable-warning=ExperimentalWarning',
      '--input-type=module',
      '-e',
      script,
    ]);
    await new Promise((resolve) => child.once('exit', resolve));
    const log = join(path, 'spool.db-wal');
    const bytes = readFileSync(log);
    const at = Math.floor(bytes.length * part);
    bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
    writeFileSync(log, bytes);
    const spool = await open({ folder: path });
    await spool.salvaged;
    expect((await pendingIds(spool)).size).toBe(100);
    expect(spool.status).toMatchObject({ captured: 100, gap: 0 });
  });

  it('of a full spool makes nobody go: newcomers flow through a reserve, and what has no room is not held', async () => {
    const path = folder();
    const captures = await filled(path, 60, (index) => Buffer.alloc(500_000, index));
    rmSync(join(path, 'spool.db'));
    const spool = await open({ folder: path, maxBytes: 31_000_000 });
    const newcomers = Array.from({ length: 60 }, (_, index) =>
      spoolCapture({ body: Buffer.alloc(300_000, 100 + index) }),
    );
    const results = await Promise.allSettled(newcomers.map((one) => spool.put(one)));
    await spool.salvaged;
    expect(spool.status.counts.evicted).toBe(0);
    const ids = await pendingIds(spool);
    for (const { id } of captures) expect(ids).toContain(id);
    for (const [index, { status }] of results.entries())
      expect(ids.has(newcomers[index]?.id ?? '')).toBe(status === 'fulfilled');
  });
});
