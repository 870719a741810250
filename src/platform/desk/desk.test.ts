import { randomBytes } from 'node:crypto';
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/support/folder.ts';
import { createLog } from '../log.ts';
import type { LedgerEntry } from '../spool/protocol.ts';
import { DeskClient } from './desk-client.ts';
import { MAX_DESK_IDS, MAX_REQUEST_BYTES } from './desk-request.ts';
import { DeskServer } from './desk-server.ts';
import type { DeskStatus, SpoolDesk } from './spool-desk.ts';

const ENTRY = { seq: 1, id: 'an-id', state: 'refused', reason: 'damaged' } as LedgerEntry;
const STATUS = { captured: 3, gap: 0, service: { device: 'gate-3' } } as unknown as DeskStatus;
const BODY = randomBytes(300_000);

let folder: ReturnType<typeof temporaryFolder>;
const cleanups: (() => unknown)[] = [];
beforeEach(() => {
  folder = temporaryFolder();
  cleanups.push(folder.remove);
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

it('hands on what is asked and what is answered', async () => {
  const { asked } = await serve(folder.path);
  const client = await ask(folder.path);
  expect(await client.status()).toEqual(STATUS);
  expect(await client.entries({ device: 'gate-3', states: ['refused'], after: 0, limit: 10 })).toEqual({
    entries: [ENTRY],
  });
  expect(await client.hours({ camera: 'door', fromHour: '2026-11-21T05' })).toEqual([]);
  expect(await client.retry(['a', 'b'])).toBe(2);
  expect(await client.drop(['c'])).toBe(1);
  expect(await client.settle([{ id: 'a', sha256: 'b', state: 'stored' }])).toEqual([true]);
  expect(asked).toEqual([
    { device: 'gate-3', states: ['refused'], after: 0, limit: 10 },
    { camera: 'door', fromHour: '2026-11-21T05' },
    ['a', 'b'],
    ['c'],
    [{ id: 'a', sha256: 'b', state: 'stored' }],
  ]);
});

it('gives out bodies whole, between other answers too', async () => {
  await serve(folder.path);
  const client = await ask(folder.path);
  const answers = await Promise.all([client.body('large'), client.status(), client.body('gone'), client.body('empty')]);
  expect(answers[0]?.equals(BODY)).toBe(true);
  expect(answers.slice(1)).toEqual([STATUS, undefined, Buffer.alloc(0)]);
});

it('says what the spool says when it can not, and goes on', async () => {
  await serve(folder.path);
  const client = await ask(folder.path);
  await expect(client.recount()).rejects.toThrow('the disk is gone');
  expect(await client.status()).toEqual(STATUS);
});

it('lets nobody but its own user in', async () => {
  await serve(folder.path);
  expect(statSync(join(folder.path, 'desk.sock')).mode & 0o777).toBe(0o600);
});

it('is found where a path is longer than a socket may have', async () => {
  const deep = join(folder.path, 'a'.repeat(120), 'spool');
  mkdirSync(deep, { recursive: true });
  const { server } = await serve(deep);
  expect(await (await ask(deep)).status()).toEqual(STATUS);
  await server.stop();
  expect(await DeskClient.connect(deep)).toBeUndefined();
});

it('takes the place of a socket that a dead process left', async () => {
  const dead = createServer().listen(join(folder.path, 'left.sock'));
  await new Promise((resolve) => dead.once('listening', resolve));
  writeFileSync(join(folder.path, 'desk.sock'), '');
  await serve(folder.path);
  expect(await (await ask(folder.path)).status()).toEqual(STATUS);
  dead.close();
});

it('is nobody where nobody is', async () => {
  expect(await DeskClient.connect(folder.path)).toBeUndefined();
  expect(await DeskClient.connect(join(folder.path, 'nowhere'))).toBeUndefined();
  const { server } = await serve(folder.path);
  await server.stop();
  expect(await DeskClient.connect(folder.path)).toBeUndefined();
});

it('ends the talks that are open when it stops, and says so to who waits', async () => {
  const { server } = await serve(folder.path);
  const client = await ask(folder.path);
  await client.status();
  await server.stop();
  await expect(client.status()).rejects.toThrow(/the service that holds the spool/);
});

it.each<[string, string]>([
  ['rubbish', 'hello\n'],
  ['an unknown order', '{"do":"format"}\n'],
  ['a settlement other than stored', '{"do":"settle","settlements":[{"id":"a","sha256":"b","state":"released"}]}\n'],
  ['too many ids', `${JSON.stringify({ do: 'drop', ids: Array(MAX_DESK_IDS + 1).fill('a') })}\n`],
])('answers %s with an error and does nothing', async (_, line) => {
  const { asked } = await serve(folder.path);
  expect(JSON.parse(await talk(folder.path, line))).toHaveProperty('error');
  expect(asked).toEqual([]);
});

it('hangs up on who sends a line without end', async () => {
  await serve(folder.path);
  expect(await talk(folder.path, 'x'.repeat(MAX_REQUEST_BYTES + 1))).toBe('');
  expect(await (await ask(folder.path)).status()).toEqual(STATUS);
});

it('bears a client that goes away in the middle of a body', async () => {
  await serve(folder.path);
  const socket = connect(join(folder.path, 'desk.sock'));
  socket.write('{"do":"body","id":"large"}\n{"do":"body","id":"large"}\n');
  await new Promise((resolve) => socket.once('data', resolve));
  socket.destroy();
  expect(await (await ask(folder.path)).status()).toEqual(STATUS);
});

/** A desk that answers by heart and notes what it was asked. */
async function serve(path: string) {
  const asked: unknown[] = [];
  const note =
    <Answer>(answer: (of: never) => Answer) =>
    async (of: unknown) => {
      asked.push(of);
      return answer(of as never);
    };
  const desk: SpoolDesk = {
    status: async () => STATUS,
    recount: async () => {
      throw new Error('the disk is gone');
    },
    entries: note(() => ({ entries: [ENTRY], next: undefined })),
    hours: note(() => []),
    body: async (id) => ({ large: BODY, empty: Buffer.alloc(0) })[id],
    retry: note((ids: string[]) => ids.length),
    drop: note((ids: string[]) => ids.length),
    settle: note((settlements: unknown[]) => settlements.map(() => true)),
  };
  const server = new DeskServer({ desk, folder: path, log: createLog({ level: 'silent', format: 'json' }) });
  await server.start();
  cleanups.push(() => server.stop());
  return { asked, server };
}

async function ask(path: string): Promise<DeskClient> {
  const client = await DeskClient.connect(path);
  if (!client) throw new Error('Expected a desk');
  cleanups.push(() => client.close());
  return client;
}

/** Sends a text and gives all that comes until the other side hangs up, or one line. */
async function talk(path: string, text: string): Promise<string> {
  const socket = connect(join(path, 'desk.sock'));
  let heard = '';
  socket.on('error', () => undefined);
  socket.write(text);
  return new Promise((resolve) => {
    socket.on('close', () => resolve(heard));
    socket.on('data', (chunk) => {
      heard += chunk;
      if (heard.includes('\n')) socket.destroy();
    });
  });
}
