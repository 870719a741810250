import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/support/folder.ts';
import { BLOCK_BYTES } from './blocks.ts';
import { BodyFile } from './body-file.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function open(): Promise<BodyFile> {
  const { path, remove } = temporaryFolder();
  cleanups.push(remove);
  const file = await BodyFile.open(join(path, 'bodies'));
  cleanups.push(() => file.close());
  return file;
}

it('writes records of one piece and of several, side by side, and reads each back from any offset', async () => {
  const file = await open();
  const [head, body] = [Buffer.from('head'), randomBytes(3 * BLOCK_BYTES)];
  const whole = { extents: [[0, 4] as const], parts: [head, body] };
  const pieces = { extents: [[6, 1] as const, [4, 1] as const, [8, 2] as const], parts: [head, body] };
  const next = { extents: [[5, 1] as const], parts: [randomBytes(10)] };
  await file.write([whole, pieces, next]);
  await file.sync();
  for (const { extents } of [whole, pieces])
    expect((await file.read(extents, head.length, body.length)).equals(body)).toBe(true);
  expect(
    (await file.read(pieces.extents, BLOCK_BYTES + 7, 100)).equals(
      Buffer.concat([head, body]).subarray(BLOCK_BYTES + 7, BLOCK_BYTES + 107),
    ),
  ).toBe(true);
  expect(file.blocks).toBe(10);
});

it('writes more buffers than a system call takes', async () => {
  const file = await open();
  const records = Array.from({ length: 900 }, (_, index) => ({
    extents: [[index, 1] as const],
    parts: [Buffer.from(`${index}`), randomBytes(20)],
  }));
  await file.write(records);
  for (const { extents, parts } of records) {
    const bytes = Buffer.concat(parts);
    expect((await file.read(extents, 0, bytes.length)).equals(bytes)).toBe(true);
  }
});

it('gives less than was asked for beyond the end, and zeros where it was erased', async () => {
  const file = await open();
  await file.write([{ extents: [[0, 2]], parts: [Buffer.alloc(2 * BLOCK_BYTES, 7)] }]);
  expect(await file.read([[1, 3]], 0, 3 * BLOCK_BYTES)).toHaveLength(BLOCK_BYTES);
  await file.erase([[1, 1]]);
  expect((await file.read([[0, 2]], 0, 2 * BLOCK_BYTES)).indexOf(0)).toBe(BLOCK_BYTES);
});
