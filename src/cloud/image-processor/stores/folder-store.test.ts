import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { sha256Hex } from '../../../contract/sha256.ts';
import { EXIT_CODES } from '../../../platform/exit-codes.ts';
import { SightlineError } from '../../../platform/sightline-error.ts';
import { FolderStore } from './folder-store.ts';

const BYTES = Buffer.from('a face');
const FACTS = { sha256: sha256Hex(BYTES), contentType: 'image/png' };

let folder: string;
let root: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sightline-folder-'));
  root = join(folder, 'deep', 'faces');
});
afterEach(async () => {
  await chmod(folder, 0o755);
  await rm(folder, { recursive: true, force: true });
});

/** File permissions say nothing to root: the attempt is made as nobody. */
async function asOrdinaryUser<Result>(work: () => Promise<Result>): Promise<Result> {
  const isRoot = process.getuid?.() === 0;
  if (isRoot) process.seteuid?.(65534);
  try {
    return await work();
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
}

test('refuses a folder that it may not write to, with words and an exit code', async () => {
  await chmod(folder, 0o555);
  const refusal = await asOrdinaryUser(() => new FolderStore(root).start().catch((error: unknown) => error));
  expect(refusal).toBeInstanceOf(SightlineError);
  expect(refusal).toMatchObject({
    exitCode: EXIT_CODES.environment,
    message: expect.stringMatching(/Expected to write to the folder .*faces, but this user may not write there/),
    hint: expect.stringMatching(/--store/),
  });
});

test('refuses a file in place of a folder', async () => {
  await writeFile(join(folder, 'deep'), 'a file');
  await expect(new FolderStore(root).start()).rejects.toMatchObject({
    exitCode: EXIT_CODES.environment,
    message: expect.stringMatching(/a part of the path is a file/),
  });
});

test('removes what a process that was killed left long ago, and nothing else', async () => {
  const incoming = join(root, '.sightline-incoming');
  await mkdir(incoming, { recursive: true });
  const old = '01234567-89ab-4cde-8f01-23456789abcd.part';
  const fresh = '11234567-89ab-4cde-8f01-23456789abcd.part';
  for (const name of [old, fresh, 'notes.txt']) await writeFile(join(incoming, name), 'x');
  for (const name of [old, 'notes.txt']) await utimes(join(incoming, name), 0, 0);
  await new FolderStore(root).start();
  expect((await readdir(incoming)).sort()).toEqual([fresh, 'notes.txt']);
});

test('leaves one name for each object, and no temporary file', async () => {
  const store = new FolderStore(root);
  await store.start();
  await store.put('device=a/x.png', BYTES, FACTS);
  expect((await stat(join(root, 'device=a/x.png'))).nlink).toBe(1);
  expect(await readdir(join(root, '.sightline-incoming'))).toEqual([]);
});

test('makes the folders again that somebody removed', async () => {
  const store = new FolderStore(root);
  await store.start();
  await store.put('device=a/x.png', BYTES, FACTS);
  await rm(root, { recursive: true });
  await expect(store.put('device=a/x.png', BYTES, FACTS)).rejects.toMatchObject({ name: 'StoreError', code: 'ENOENT' });
  expect(await store.put('device=a/x.png', BYTES, FACTS)).toBe('created');
  await rm(join(root, 'device=a'), { recursive: true });
  await store.put('device=a/x.png', BYTES, FACTS).catch(() => undefined);
  await store.put('device=a/x.png', BYTES, FACTS);
  expect(await readFile(join(root, 'device=a/x.png'))).toEqual(BYTES);
});

test('a folder in the way is a fault of the store, not a conflict', async () => {
  const store = new FolderStore(root);
  await store.start();
  await mkdir(join(root, 'device=a/x.png'), { recursive: true });
  await expect(store.put('device=a/x.png', BYTES, FACTS)).rejects.toMatchObject({
    name: 'StoreError',
    code: 'not-a-file',
  });
});
