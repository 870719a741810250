import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AuditedBooks, type Planted } from '../../test/support/audited-books.ts';
import { runAudit } from '../../test/support/run-audit.ts';
import { runCommand } from '../../test/support/run-command.ts';
import { bareObjectKey, objectKey } from '../contract/object-key.ts';
import { DeskServer } from '../platform/desk/desk-server.ts';
import { openSpoolDesk } from '../platform/desk/open-spool-desk.ts';
import { EXIT_CODES } from '../platform/exit-codes.ts';
import { createLog } from '../platform/log.ts';
import { UsageError } from '../platform/sightline-error.ts';
import { auditCommand } from './audit.ts';

const HOUR_MS = 3_600_000;
let books: AuditedBooks;
beforeEach(async () => {
  books = new AuditedBooks();
  await books.open();
});
afterEach(() => books.remove());

const audit = (...args: string[]) => runAudit(books, ...args);

it('balances when every capture is where the ledger has it', async () => {
  for (const state of ['stored', 'stored', 'pending', 'refused', 'evicted', 'released'] as const)
    await books.enter({ state, ...(state === 'refused' ? { reason: 'conflict' } : {}) });
  await books.enter({ device: 'gate-4', camera: 'yard' });
  const { code, findings, summary } = await audit('--verify');
  expect(findings).toEqual([]);
  expect(code).toBe(EXIT_CODES.ok);
  expect(summary).toMatchObject({
    balances: true,
    captured: 7,
    stored: 3,
    pending: 1,
    refused: 1,
    evicted: 1,
    released: 1,
    objects: 3,
    verified: 3,
    settled: 0,
    reasons: { 'refused (conflict)': 1 },
  });
});

it('shows people a table, and the findings by name', async () => {
  const [lost] = [await books.enter(), await books.enter(), await books.enter({ camera: 'yard', state: 'pending' })];
  books.delete(lost.key);
  await books.close();
  const { stdout, code } = await runCommand(auditCommand, '--spool', books.spoolFolder, '--store', books.store);
  expect(code).toBe(EXIT_CODES.unbalanced);
  expect(stdout).toContain(`MISSING     ${lost.id}  gate-3/door: the ledger says stored, the store has no object\n`);
  expect(stdout).toMatch(/gate-3 +door +\d{4}-\d\d-\d\d +2 +2 +0 +0 +0 +0 +1\n/);
  expect(stdout).toMatch(/all +3 +2 +1 +0 +0 +0 +1\n/);
  expect(stdout).toMatch(/does not balance: 1 missing\n$/);
});

describe('names what does not balance:', () => {
  let good: Planted;
  beforeEach(async () => {
    good = await books.enter();
  });

  it('a capture that is missing', async () => {
    books.delete(good.key);
    expect(await audit()).toMatchObject({ code: EXIT_CODES.unbalanced, named: [['missing', good.id]] });
  });

  it('an object that nobody captured', async () => {
    const { id, key } = books.plant();
    const { findings } = await audit();
    expect(findings).toMatchObject([{ finding: 'unexpected', id, keys: [key] }]);
  });

  it('a file that is no capture', async () => {
    const key = `${good.key.slice(0, good.key.lastIndexOf('/'))}/notes.txt`;
    books.put(key, good.body);
    expect((await audit()).findings).toMatchObject([{ finding: 'unexpected', keys: [key] }]);
  });

  it.each<[string, (planted: Planted) => string]>([
    ['with another extension', ({ key }) => key.replace('.png', '.jpg')],
    ['in another hour', ({ key }) => key.replace(/hh=\d\d/, (hour) => (hour === 'hh=05' ? 'hh=06' : 'hh=05'))],
    [
      'on another day',
      ({ id, key }) =>
        key.replace(/dt=[^/]+/, `dt=${new Date(Date.now() + 48 * HOUR_MS).toISOString().slice(0, 10)}`).replace(id, id),
    ],
    ['of another camera', ({ id }) => objectKey({ device: 'gate-3', camera: 'yard', id }, 'png')],
  ])('a capture that is there a second time %s', async (_, second) => {
    books.put(second(good), good.body);
    const { findings } = await audit();
    expect(findings).toMatchObject([{ finding: 'doubled', id: good.id }]);
    expect(findings[0]?.keys?.toSorted()).toContain(second(good));
  });

  it('a bare image that came by both brokers', async () => {
    const bare = await books.enter({ camera: 'bare' });
    const twin = bareObjectKey('cloud', bare.sha256, 'png');
    books.put(twin, bare.body);
    books.put(bareObjectKey('cloud', good.sha256, 'png'), good.body);
    expect((await audit()).findings).toMatchObject([{ finding: 'doubled', id: bare.id, keys: [bare.key, twin] }]);
  });

  it('other bytes, by their size or when they are read', async () => {
    const other = await books.enter();
    books.put(good.key, Buffer.concat([good.body, good.body]));
    books.put(other.key, Buffer.from(other.body.toReversed()));
    expect((await audit()).named).toEqual([['different', good.id]]);
    const named = (await audit('--verify')).named;
    expect(named.toSorted()).toEqual(
      [
        ['different', good.id],
        ['different', other.id],
      ].toSorted(),
    );
  });

  it('a row that is gone', async () => {
    await books.close();
    const db = new DatabaseSync(join(books.spoolFolder, 'spool.db'));
    db.exec('DELETE FROM captures');
    db.close();
    const { findings, code } = await audit();
    expect(findings.map(({ finding }) => finding)).toContain('gap');
    expect(code).toBe(EXIT_CODES.unbalanced);
  });

  it('a spool that was begun anew, where the device is known', async () => {
    const { id } = books.plant({ device: 'gate-9' });
    expect((await audit('--device', 'gate-3')).findings).toEqual([]);
    process.env.SIGHTLINE_DEVICE = 'gate-9';
    expect((await audit().finally(() => delete process.env.SIGHTLINE_DEVICE)).named).toEqual([['unexpected', id]]);
  });
});

describe('stored wins:', () => {
  it('settles what the store has, where the bytes are the same', async () => {
    await books.enter({ state: 'pending', isInStore: true });
    await books.enter({ state: 'evicted', reason: 'full', isInStore: true });
    await books.enter({ state: 'refused', reason: 'conflict', isInStore: true });
    await books.enter({ state: 'released', isInStore: true });
    const untouched = await audit('--read-only');
    expect(untouched).toMatchObject({
      code: EXIT_CODES.ok,
      findings: [],
      summary: { foundInStore: { pending: 1, evicted: 1, refused: 1 }, settled: 0 },
    });
    expect((await audit()).summary).toMatchObject({ settled: 3, stored: 0 });
    expect((await audit()).summary).toMatchObject({ balances: true, settled: 0, stored: 3, foundInStore: {} });
  });

  it('names other bytes under the id of one that is not stored yet, and settles nothing', async () => {
    const { id, key, body } = await books.enter({ state: 'pending' });
    books.put(key, Buffer.from(body.toReversed()));
    expect(await audit()).toMatchObject({ named: [['different', id]], summary: { settled: 0, pending: 1 } });
  });
});

it('leaves out the test images of the doctor: the store forgets them', async () => {
  await books.enter({ camera: 'doctor', isInStore: false });
  expect(await audit()).toMatchObject({ code: EXIT_CODES.ok, findings: [], summary: { captured: 0 } });
});

it('is not misled by captures under way', async () => {
  const spool = await books.open();
  const server = new DeskServer({
    desk: openSpoolDesk({ spool }),
    folder: books.spoolFolder,
    log: createLog({ level: 'silent', format: 'json' }),
  });
  await server.start();
  let isOver = false;
  const writing = (async () => {
    for (let count = 0; !isOver; count += 1)
      await books.enter({ isInStore: true, state: count % 3 === 0 ? 'pending' : 'stored' });
  })();
  for (let round = 0; round < 5; round += 1) {
    const { stdout, code } = await runCommand(auditCommand, '--spool', books.spoolFolder, '--store', books.store);
    expect(stdout).toMatch(/balances\n$/);
    expect(code).toBe(EXIT_CODES.ok);
  }
  isOver = true;
  await writing;
  await server.stop();
});

it.each([
  [['--from', 'yesterday'], /--from: Expected a day or an hour/],
  [['--to', '2026-11-31'], /--to: Expected a day or an hour/],
  [['--remote'], /--remote: Expected --device/],
  [['--spool', 'nowhere'], /Expected a spool in .*nowhere, or a device/],
])('refuses %j', async (args, message) => {
  await books.close();
  const fault = await runCommand(auditCommand, '--store', books.store, ...args).catch((error: unknown) => error);
  expect(fault).toBeInstanceOf(UsageError);
  expect((fault as UsageError).message).toMatch(message);
});

it('says so when the store can not be read', async () => {
  await books.enter();
  await expect(audit('--store', join(books.store, 'nowhere'))).rejects.toMatchObject({
    exitCode: EXIT_CODES.environment,
  });
});
