import { readdir } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { eventually } from '../../../test/support/eventually.ts';
import { partDescribe } from '../../../test/support/parts.ts';
import { capture, files, processorHarness } from '../../../test/support/processor-harness.ts';
import { mintCaptureId } from '../../contract/capture-id.ts';
import { handMadePng, zeroPixels } from '../../contract/fixtures/png-parts.ts';
import { sha256Hex } from '../../contract/sha256.ts';

const PREFIX = 'face_detection';

partDescribe('mosquitto', 'what an image-processor refuses', () => {
  const harness = processorHarness();

  test.each([
    ['a text that is named png', async () => Buffer.from('This is not a picture.'), 'not-an-image'],
    ['nothing', async () => Buffer.alloc(0), 'not-an-image'],
    [
      'a PNG of 30,000 × 30,000',
      async () => handMadePng({ width: 30_000, height: 30_000 }, zeroPixels(100)),
      'too-many-pixels',
    ],
    ['a truncated PNG', async () => (await capture()).bytes.subarray(0, -40), 'damaged'],
    ["another device's picture", async () => (await capture({ device: 'gate-4' })).bytes, 'metadata-disagrees'],
  ])('refuses %s and goes on', async (_, bytesOf, reason) => {
    await harness.startReady();
    const hostile = await bytesOf();
    const id = mintCaptureId(new Date());
    await harness.publish(`${PREFIX}/gate-3/captures/door/${id}`, hostile);
    expect(await harness.receiptOf(id)).toMatchObject({ state: 'refused', reason, sha256: sha256Hex(hostile) });
    const next = await capture();
    await harness.publish(next.topic, next.bytes);
    expect(await harness.receiptOf(next.id)).toMatchObject({ state: 'stored' });
    expect(await files(harness.store)).toHaveLength(1);
  });

  test.each([
    '../captures/door/ID',
    'gate-3/captures/../ID',
    'gate-3/captures/door/../../../etc/passwd',
    'gate-3/captures/door/%2e%2e',
    'GATE/captures/door/ID',
    'gate-3/captures',
  ])('quarantines what comes on %s, and says nothing', async (path) => {
    const { metrics } = await harness.startReady();
    const { id, bytes } = await capture();
    await harness.publish(`${PREFIX}/${path.replace('ID', id)}`, bytes);
    const hash = sha256Hex(bytes);
    await eventually(
      () => files(harness.store),
      (found) => found.length === 1,
    );
    expect(await files(harness.store)).toEqual([`quarantine/sha256=${hash.slice(0, 2)}/${hash}`]);
    expect(await readdir(harness.root)).toEqual(['faces']);
    expect(harness.receipts()).toEqual([]);
    // It is counted once it is safe, a moment after its file is there.
    await eventually(
      () => metrics.expose(),
      (text) => /processor_refused_total\{kind="bare",reason="(bad-topic|not-a-uuidv7)"\} 1/.test(text),
    );
  });
});
