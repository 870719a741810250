import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { FolderStore } from '../../src/cloud/image-processor/stores/folder-store.ts';
import { mintCaptureId } from '../../src/contract/capture-id.ts';
import { objectKey } from '../../src/contract/object-key.ts';
import { sha256Hex } from '../../src/contract/sha256.ts';
import { eventually } from '../../test/support/eventually.ts';
import { temporaryFolder } from '../../test/support/folder.ts';
import { keysBelow } from '../../test/support/stored-files.ts';
import { ObjectWatch } from './object-watch.ts';

it('tells when each object came, the first among them', async () => {
  const folder = temporaryFolder();
  const root = join(folder.path, 'faces');
  const store = new FolderStore(root);
  await store.start();
  const camera = { device: 'bench', camera: 'door' };
  const watch = new ObjectWatch(root, camera);
  const bytes = Buffer.from('a face');
  const putAtMs: number[] = [];
  for (let n = 0; n < 3; n += 1) {
    const id = mintCaptureId(new Date());
    await sleep(100);
    await store.put(objectKey({ ...camera, id }, 'png'), bytes, { sha256: sha256Hex(bytes), contentType: 'image/png' });
    putAtMs.push(Date.now());
  }
  await eventually(
    () => keysBelow(root).length,
    (count) => count === 3,
  );
  await sleep(50);
  const objects = await watch.stop();
  folder.remove();
  expect(objects.length).toBe(3);
  for (const [n, { capturedAtMs, storedAtMs }] of objects.entries()) {
    expect(storedAtMs - capturedAtMs).toBeGreaterThan(95);
    expect(Math.abs(storedAtMs - (putAtMs[n] as number))).toBeLessThan(250);
  }
});
