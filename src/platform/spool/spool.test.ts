import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { ALL_PENDING, SPOOL_SETTINGS, spoolCapture } from '../../../test/support/spool-captures.ts';
import { settle, spoolSite } from '../../../test/support/spool-site.ts';
import { SpoolFullError } from './body-placer.ts';
import type { Damaged } from './body-reader.ts';
import { Spool } from './spool.ts';

const { folder, open } = spoolSite();

describe('Spool', () => {
  it('gives back what it keeps, byte for byte and in order, also after it was closed', async () => {
    const path = folder();
    const captures = Array.from({ length: 50 }, () => spoolCapture());
    const first = await open({ folder: path });
    const results = await Promise.all(captures.map((one) => first.put(one)));
    expect(results.every(({ outcome }) => outcome === 'kept')).toBe(true);
    await first.stop();
    const second = await open({ folder: path });
    const read = await second.pending(ALL_PENDING);
    expect(read.map(({ id }) => id)).toEqual(captures.map(({ id }) => id));
    expect(read.every(({ body }, index) => Buffer.from(body).equals(captures[index]?.body ?? Buffer.alloc(0)))).toBe(
      true,
    );
    expect(second.status.counts).toEqual({ pending: 50, held: 0, stored: 0, refused: 0, evicted: 0, released: 0 });
    expect(await second.devices()).toEqual(['gate']);
  });

  it('is idempotent by id and hash: a repeat is known, other bytes are a conflict that changes nothing', async () => {
    const spool = await open();
    const one = spoolCapture();
    await spool.put(one);
    expect(await spool.put(one)).toEqual({ outcome: 'known', state: 'pending', reason: null });
    expect(await spool.put({ ...spoolCapture(), id: one.id })).toEqual({ outcome: 'conflict' });
    expect((await spool.pending(ALL_PENDING)).map(({ sha256 }) => sha256)).toEqual([one.sha256]);
  });

  it('answers a repeat of a settled capture from its row, after the body is gone', async () => {
    const spool = await open();
    const one = spoolCapture();
    await spool.put(one);
    expect(await settle(spool, { id: one.id, sha256: one.sha256, state: 'stored' })).toBe(true);
    expect(await spool.pending(ALL_PENDING)).toEqual([]);
    expect(await spool.put(one)).toEqual({ outcome: 'known', state: 'stored', reason: null });
  });

  it('settles nothing by an id alone: the hash must be its own', async () => {
    const spool = await open();
    const one = spoolCapture();
    await spool.put(one);
    expect(await settle(spool, { id: one.id, sha256: '0'.repeat(64), state: 'stored' })).toBe(false);
    expect(spool.status.counts.pending).toBe(1);
  });

  it('lets stored win over refused, and nothing win over stored', async () => {
    const spool = await open();
    const { id, sha256, ...rest } = spoolCapture();
    await spool.put({ id, sha256, ...rest });
    await settle(spool, { id, sha256, state: 'refused', reason: 'damaged' });
    expect(await settle(spool, { id, sha256, state: 'stored' })).toBe(true);
    expect(await settle(spool, { id, sha256, state: 'refused', reason: 'damaged' })).toBe(false);
    expect(spool.status.counts).toMatchObject({ stored: 1, refused: 0 });
  });

  it('knows a bare image of the last day by its hash', async () => {
    const spool = await open();
    const one = spoolCapture({ isBare: true });
    await spool.put(one);
    expect((await spool.put({ ...one, id: spoolCapture().id })).outcome).toBe('known');
    expect(spool.status.counts.pending).toBe(1);
  });

  it('when full evicts the lowest quality first, and gives a newcomer worth less its tombstone at once', async () => {
    const body = () => randomBytes(100_000);
    const spool = await open({ maxBytes: 1_000_000 });
    const best = await Promise.all(
      Array.from({ length: 6 }, async () => {
        const one = spoolCapture({ body: body(), quality: 0.9 });
        await spool.put(one);
        return one.id;
      }),
    );
    const poor = spoolCapture({ body: body(), quality: 0.1 });
    await spool.put(poor);
    for (let index = 0; index < 4; index += 1) await spool.put(spoolCapture({ body: body(), quality: 0.8 }));
    const left = (await spool.pending(ALL_PENDING)).map(({ id }) => id);
    expect(left).toEqual(expect.arrayContaining(best));
    expect(left).not.toContain(poor.id);
    expect(await spool.put(spoolCapture({ body: body(), quality: 0.05 }))).toMatchObject({
      outcome: 'kept',
      state: 'evicted',
      reason: 'full',
    });
    const { pending, evicted } = spool.status.counts;
    expect(pending + evicted).toBe(12);
  });

  it('evicts what was never sent before what was', async () => {
    const spool = await open({ maxBytes: 500_000 });
    const sent = spoolCapture({ body: Buffer.alloc(200_000), quality: 0.1 });
    const unsent = spoolCapture({ body: Buffer.alloc(200_000).fill(1), quality: 0.9 });
    await spool.put(sent);
    await spool.put(unsent);
    await spool.markSent([sent.id]);
    await spool.put(spoolCapture({ body: Buffer.alloc(200_000).fill(2), quality: 0.95 }));
    const left = (await spool.pending(ALL_PENDING)).map(({ id }) => id);
    expect(left).toContain(sent.id);
    expect(left).not.toContain(unsent.id);
  });

  it('stops growing where the disk is short, one out for one in', async () => {
    const path = folder();
    const roomy = await open({ folder: path });
    for (let index = 0; index < 10; index += 1) await roomy.put(spoolCapture({ body: Buffer.alloc(1_000_000, index) }));
    await roomy.stop();
    const tight = await open({ folder: path, minFreeBytes: Number.MAX_SAFE_INTEGER });
    await tight.put(spoolCapture({ body: Buffer.alloc(900_000, 99), quality: 0.9 }));
    expect(tight.status.counts).toMatchObject({ pending: 10, evicted: 1 });
    expect(tight.status.isDiskFull).toBe(true);
  });

  it('goes on in its reserve where the disk is short from the start, and does not keep what has no room there', async () => {
    const tight = await open({ minFreeBytes: Number.MAX_SAFE_INTEGER });
    await tight.put(spoolCapture());
    expect(tight.status.counts.pending).toBe(1);
    const [one] = await tight.pending(ALL_PENDING);
    await settle(tight, { id: one?.id ?? '', sha256: one?.sha256 ?? '', state: 'stored' });
    await expect(tight.put(spoolCapture({ body: Buffer.alloc(9_000_000) }))).rejects.toThrow(SpoolFullError);
    expect(tight.status.counts).toMatchObject({ pending: 0, evicted: 0, stored: 1 });
  });

  it('keeps what was refused in quarantine up to its bound, oldest out first', async () => {
    const spool = await open({ quarantineMaxBytes: 2500 });
    for (let index = 0; index < 4; index += 1) await spool.put(spoolCapture({ refusedFor: 'not-an-image' }));
    expect(spool.status.counts.refused).toBe(4);
    expect(spool.status.pendingBytes).toBe(0);
  });

  it('refuses a capture whose bytes the disk has changed, sends the rest, and takes it whole when it comes again', async () => {
    const path = folder();
    const damaged: Damaged[] = [];
    const captures = [spoolCapture(), spoolCapture(), spoolCapture()];
    const before = await open({ folder: path });
    for (const one of captures) await before.put(one);
    await before.stop();
    const file = join(path, 'bodies');
    const bytes = readFileSync(file);
    const at = bytes.indexOf(captures[1]?.body ?? '');
    bytes.writeUInt8(bytes.readUInt8(at + 500) ^ 1, at + 500);
    writeFileSync(file, bytes);
    const spool = await open({ folder: path }, { onDamaged: (one) => damaged.push(one) });
    const ids = () => spool.pending(ALL_PENDING).then((read) => read.map(({ id }) => id));
    expect(await ids()).toEqual([captures[0]?.id, captures[2]?.id]);
    expect(damaged).toEqual([{ id: captures[1]?.id, bytes: 1000, isLost: true }]);
    expect(spool.status.counts).toMatchObject({ pending: 2, refused: 1 });
    expect(await spool.put(captures[1] ?? spoolCapture())).toMatchObject({ outcome: 'kept', state: 'pending' });
    expect(await ids()).toHaveLength(3);
    expect((await spool.recount()).gap).toBe(0);
  });

  it('refuses a second process with words, and lets it in when the first was killed', async () => {
    const path = folder();
    const script = `import { Spool } from ${JSON.stringify(new URL('./spool.ts', import.meta.url).href)};
      const spool = new Spool({ folder: ${JSON.stringify(path)}, maxBytes: 1e9, minFreeBytes: 1, quarantineMaxBytes: 1e6, keepDays: 7 });
      await spool.start();
      process.stdout.write('open');
      setInterval(() => undefined, 1000);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await new Promise((resolve) => child.stdout.once('data', resolve));
    await expect(open({ folder: path })).rejects.toThrow(/another process has it open/);
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('exit', resolve));
    await expect(open({ folder: path })).resolves.toBeDefined();
  });

  it('refuses a folder that cannot be made; answers and stops at once when it could not be opened or was closed', async () => {
    const path = folder();
    writeFileSync(join(path, 'file'), '');
    const failed = new Spool({ ...SPOOL_SETTINGS, folder: join(path, 'file') });
    await expect(failed.start()).rejects.toThrow(/folder that can be written/);
    await expect(failed.devices()).rejects.toThrow(/closed or never started/);
    await failed.stop();
    const closed = await open();
    await closed.stop();
    await expect(closed.put(spoolCapture())).rejects.toThrow(/closed or never started/);
    await closed.stop();
  });

  it('refuses the spool of a newer version with words', async () => {
    const path = folder();
    const spool = await open({ folder: path });
    await spool.stop();
    const db = new DatabaseSync(join(path, 'spool.db'));
    db.exec('PRAGMA user_version = 99');
    db.close();
    await expect(open({ folder: path })).rejects.toThrow(/version 2 or older.*got 99/);
  });
});
