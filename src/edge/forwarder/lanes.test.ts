import { randomBytes } from 'node:crypto';
import { afterEach, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/support/folder.ts';
import { mintCaptureId } from '../../contract/capture-id.ts';
import { sha256Hex } from '../../contract/sha256.ts';
import { Spool } from '../../platform/spool/spool.ts';
import { Lanes } from './lanes.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** Lanes over a real spool that holds so many captures. */
async function setUp(count: number) {
  const { path: folder, remove } = temporaryFolder();
  cleanups.push(remove);
  const spool = new Spool({ folder, maxBytes: 2 ** 30, minFreeBytes: 1, quarantineMaxBytes: 2 ** 20, keepDays: 7 });
  await spool.start();
  cleanups.push(() => spool.stop());
  const kept = Array.from({ length: count }, () => {
    const body = randomBytes(100);
    return { id: mintCaptureId(new Date()), sha256: sha256Hex(body), body };
  });
  for (const capture of kept) {
    await spool.put({ ...capture, device: 'gate', camera: 'door', topic: 'a', quality: 0.5, isBare: false });
  }
  const lanes = new Lanes(spool);
  lanes.restart();
  return { spool, lanes, kept };
}

it('offers what is late again, also behind many whose receipts came after all', async () => {
  const { spool, lanes, kept } = await setUp(20);
  for (const { id } of kept) expect((await lanes.next())?.id).toBe(id);
  expect(await lanes.next()).toBeUndefined();
  lanes.giveBack(kept.map(({ id }) => id));
  for (const { id, sha256 } of kept.slice(0, -1)) await spool.settle([{ id, sha256, state: 'stored' }]);
  expect(await lanes.next()).toMatchObject({ id: kept.at(-1)?.id, isFirst: false });
  expect(await lanes.next()).toBeUndefined();
});
