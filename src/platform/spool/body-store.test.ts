import { expect, it, onTestFinished } from 'vitest';
import { temporaryFolder } from '../../../test/support/folder.ts';
import { SPOOL_SETTINGS, spoolCapture } from '../../../test/support/spool-captures.ts';
import { Body, BodyStore } from './body-store.ts';

async function open(settings: { minFreeBytes?: number } = {}): Promise<BodyStore> {
  const { path: folder, remove } = temporaryFolder();
  onTestFinished(remove);
  const store = await BodyStore.open({ folder, ...SPOOL_SETTINGS, ...settings }, new Uint32Array(), false);
  onTestFinished(() => store.close());
  return store;
}

function bodyOf(capture: ReturnType<typeof spoolCapture>): Body {
  return new Body({ ...capture, bytes: capture.body.length }, capture.body);
}

it('lets nothing cut the file while a body is given its place and written', async () => {
  const store = await open();
  await store.room(20_000);
  const steps: string[] = [];
  const small = spoolCapture();
  const writing = store.exclusively(async () => {
    steps.push('write');
    const places = await store.write([bodyOf(small)]);
    steps.push('written');
    return places;
  });
  const tidying = store.tidy().then(() => steps.push('tidied'));
  const [[written]] = [await writing, await tidying];
  if (!written) throw new Error('Expected a place');
  expect(steps).toEqual(['write', 'written', 'tidied']);
  expect((await store.read(written, small.body.length)).equals(small.body)).toBe(true);
});

it('says that the disk is short until it looks again and there is room', async () => {
  const store = await open({ minFreeBytes: Number.MAX_SAFE_INTEGER });
  expect(await store.room(4_000)).toBeLessThan(4_000);
  expect(store.isDiskFull).toBe(true);
  await store.tidy();
  expect(store.isDiskFull).toBe(true);
  const roomy = await open();
  await roomy.tidy();
  expect(roomy.isDiskFull).toBe(false);
});
