import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../test/support/folder.ts';
import { runCommand } from '../../test/support/run-command.ts';
import { mintCaptureId } from '../contract/capture-id.ts';
import { pattern } from '../contract/fixtures/test-images.ts';
import { sha256Hex } from '../contract/sha256.ts';
import { captureTopic } from '../contract/topics.ts';
import { DeskServer } from '../platform/desk/desk-server.ts';
import { openSpoolDesk } from '../platform/desk/open-spool-desk.ts';
import { EXIT_CODES } from '../platform/exit-codes.ts';
import { createLog } from '../platform/log.ts';
import { SightlineError, UsageError } from '../platform/sightline-error.ts';
import { Spool } from '../platform/spool/spool.ts';
import { spoolCommand } from './spool.ts';

const AT = new Date('2026-11-21T05:30:00Z');
let folder: ReturnType<typeof temporaryFolder>;
let path: string;
const cleanups: (() => unknown)[] = [];

beforeEach(() => {
  folder = temporaryFolder();
  path = join(folder.path, 'spool');
  cleanups.push(folder.remove);
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function openSpool(): Promise<Spool> {
  const spool = new Spool({
    folder: path,
    maxBytes: 2 ** 30,
    minFreeBytes: 1,
    quarantineMaxBytes: 2 ** 28,
    keepDays: 7,
  });
  await spool.start();
  return spool;
}

/** A pending PNG and a pending JPEG, one refused WebP, one stored. */
async function fill(spool: Spool): Promise<Record<'png' | 'jpeg' | 'webp' | 'stored', { id: string; body: Buffer }>> {
  const make = async (format: 'png' | 'jpeg' | 'webp', camera: string) => ({
    id: mintCaptureId(AT),
    camera,
    body: await pattern(24, 32, 3).toFormat(format).toBuffer(),
  });
  const captures = {
    png: await make('png', 'door'),
    jpeg: await make('jpeg', 'yard'),
    webp: await make('webp', 'door'),
    stored: await make('png', 'door'),
  };
  for (const { id, camera, body } of Object.values(captures)) {
    const topic = captureTopic('face_detection', { device: 'gate-3', camera, id });
    await spool.put({
      id,
      device: 'gate-3',
      camera,
      topic,
      sha256: sha256Hex(body),
      quality: 0.5,
      isBare: false,
      body,
    });
  }
  const { webp, stored } = captures;
  await spool.settle([
    { id: webp.id, sha256: sha256Hex(webp.body), state: 'refused', reason: 'conflict' },
    { id: stored.id, sha256: sha256Hex(stored.body), state: 'stored' },
  ]);
  return captures;
}

const run = (...args: string[]) => runCommand(spoolCommand, ...args, '--spool', path);

for (const isServed of [true, false])
  describe(isServed ? 'while a service holds the spool' : 'while nobody holds the spool', () => {
    let captures: Awaited<ReturnType<typeof fill>>;
    const retried: string[] = [];
    beforeEach(async () => {
      const spool = await openSpool();
      captures = await fill(spool);
      if (!isServed) return spool.stop();
      const desk = openSpoolDesk({
        spool,
        facts: () => ({ device: 'gate-3', setAside: [] }),
        onRetried: (ids) => {
          retried.push(...ids);
          return 0;
        },
      });
      const server = new DeskServer({ desk, folder: path, log: createLog({ level: 'silent', format: 'json' }) });
      await server.start();
      cleanups.push(
        () => spool.stop(),
        () => server.stop(),
      );
      return undefined;
    });

    it('shows how it stands', async () => {
      const { stdout, code } = await run('status', '--recount');
      expect(stdout).toMatch(/captured +4\n/);
      expect(stdout).toMatch(/pending +2, .*B, the oldest for/);
      expect(stdout).toMatch(/balance +balances/);
      expect(stdout).toContain(isServed ? 'held by a running service' : 'no service has it open');
      expect(stdout.includes('setAside')).toBe(isServed);
      expect(code).toBe(EXIT_CODES.ok);
      expect(JSON.parse((await run('status', '--json')).stdout)).toMatchObject({
        captured: 4,
        gap: 0,
        counts: { refused: 1 },
      });
    });

    it('lists captures by state, camera, hour and id, up to a limit', async () => {
      const ids = async (...args: string[]) =>
        (await run('list', '--json', ...args)).stdout
          .split('\n')
          .flatMap((line) => (line ? [JSON.parse(line).id] : []));
      const { png, jpeg, webp, stored } = captures;
      expect(await ids()).toEqual([png.id, jpeg.id, webp.id, stored.id]);
      expect(await ids('--state', 'refused,stored')).toEqual([webp.id, stored.id]);
      expect(await ids('--camera', 'yard')).toEqual([jpeg.id]);
      expect(await ids('--from', '2026-11-21T05', '--to', '2026-11-21')).toHaveLength(4);
      expect(await ids('--from', '2026-11-21T06')).toEqual([]);
      expect(await ids(webp.id, png.id)).toEqual([webp.id, png.id]);
      const limited = await run('list', '--limit', '1');
      expect(limited.stdout).toMatch(new RegExp(`^${png.id}  pending .*gate-3/door.*\n$`));
      expect(limited.stderr).toContain('and more');
    });

    it('writes images out, never over what is there', async () => {
      const { png, jpeg, webp } = captures;
      const out = join(folder.path, 'out');
      mkdirSync(out);
      writeFileSync(join(out, `${png.id}.png`), 'mine');
      const { stdout, stderr, code } = await run('export', '--state', 'pending,refused', '--to', out);
      expect(code).toBe(EXIT_CODES.unbalanced);
      expect(stderr).toContain('is there already');
      expect(stdout).toBe(`${join(out, `${jpeg.id}.jpg`)}\n${join(out, `${webp.id}.webp`)}\n`);
      expect(readFileSync(join(out, `${png.id}.png`), 'utf8')).toBe('mine');
      expect(readFileSync(join(out, `${jpeg.id}.jpg`)).equals(jpeg.body)).toBe(true);
      expect(readFileSync(join(out, `${webp.id}.webp`)).equals(webp.body)).toBe(true);
      expect(readdirSync(out)).toHaveLength(3);
    });

    it('retries what was refused', async () => {
      expect((await run('retry', '--state', 'refused')).stdout).toMatch(/^1 to be sent again/);
      expect(JSON.parse((await run('status', '--json')).stdout).counts).toMatchObject({ pending: 3, refused: 0 });
      if (isServed) expect(retried).toContain(captures.webp.id);
    });

    it('drops only when it is told twice, and counts it', async () => {
      const { png, webp, stored } = captures;
      const refusal = await run('drop', png.id).catch((error: unknown) => error);
      expect(refusal).toBeInstanceOf(UsageError);
      expect((refusal as UsageError).message).toMatch(/--yes to give up 1 captures/);
      expect((await run('drop', png.id, webp.id, stored.id, '--yes')).stdout).toBe('2 dropped\n');
      const { counts, gap } = JSON.parse((await run('status', '--json')).stdout);
      expect(counts).toMatchObject({ pending: 1, refused: 0, evicted: 2, stored: 1 });
      expect(gap).toBe(0);
      expect((await run('list', png.id)).stdout).toContain('evicted (operator)');
      const gone = await run('export', png.id, '--to', join(folder.path, 'out'));
      expect(gone.stderr).toContain('Expected its bytes in the spool, got none: it is evicted');
    });

    // The same either way.
    if (!isServed)
      it.each([
        ['drop', '--yes'],
        ['retry'],
        ['export', '--to', 'out'],
        ['export', '--state', 'refused'],
        ['list', '--state', 'lost'],
        ['list', '--limit', 'all'],
        ['list', '--from', 'yesterday'],
        ['list', '--from', '2026-02-31'],
        ['retry', '00000000-0000-7000-8000-000000000000'],
        ['format'],
      ])('refuses %s %s %s', async (...args) => {
        await expect(run(...args)).rejects.toBeInstanceOf(UsageError);
      });
  });

it('makes no spool where there is none', async () => {
  const fault = await run('status').catch((error: unknown) => error);
  expect(fault).toBeInstanceOf(SightlineError);
  expect((fault as SightlineError).exitCode).toBe(EXIT_CODES.environment);
  expect(readdirSync(folder.path)).toEqual([]);
});

it('says so when another program holds the spool and has no desk', async () => {
  const spool = await openSpool();
  cleanups.push(() => spool.stop());
  await expect(run('status')).rejects.toMatchObject({
    exitCode: EXIT_CODES.environment,
    message: expect.stringMatching(/another process has it open/),
  });
});

describe('an outbox on disk', () => {
  afterEach(() => {
    for (const name of ['TYPE', 'PATH']) delete process.env[`SIGHTLINE_OUTBOX_${name}`];
  });

  it('is looked into as a spool is', async () => {
    const spool = await openSpool();
    const { webp } = await fill(spool);
    await spool.stop();
    Object.assign(process.env, { SIGHTLINE_OUTBOX_TYPE: 'disk', SIGHTLINE_OUTBOX_PATH: path });
    const { stdout } = await runCommand(spoolCommand, 'list', '--outbox', '--json', '--state', 'refused');
    expect(JSON.parse(stdout).id).toBe(webp.id);
  });

  it('is none where it is kept in memory', async () => {
    await expect(runCommand(spoolCommand, 'status', '--outbox')).rejects.toThrow(
      /--outbox: Expected outbox.type to be disk/,
    );
  });
});

it('looks into a spool and leaves all that is in it, whatever bounds it has itself', async () => {
  const spool = await openSpool();
  const { webp } = await fill(spool);
  await spool.stop();
  process.env.SIGHTLINE_SPOOL_QUARANTINE_MAX_BYTES = '1';
  await run('status', '--recount').finally(() => delete process.env.SIGHTLINE_SPOOL_QUARANTINE_MAX_BYTES);
  expect((await run('export', webp.id, '--to', join(folder.path, 'out'))).code).toBe(EXIT_CODES.ok);
});
