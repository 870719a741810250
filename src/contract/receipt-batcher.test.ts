import { expect, test } from 'vitest';
import { mintCaptureId } from './capture-id.ts';
import { ReceiptBatcher } from './receipt-batcher.ts';
import { decodeReceipt, type Receipt } from './receipts.ts';
import { sha256Hex } from './sha256.ts';

const HASH = sha256Hex(Buffer.from('x'));

function startBatches() {
  const sent: { device: string; receipt: Receipt | undefined }[] = [];
  const batches = new ReceiptBatcher({
    by: 'p-1',
    async publish(device, receipt) {
      sent.push({ device, receipt: decodeReceipt(receipt) });
    },
  });
  return { sent, batches };
}

test('sends a hundred at once, the rest soon, all of them readable', async () => {
  const { sent, batches } = startBatches();
  const ids = Array.from({ length: 130 }, () => mintCaptureId(new Date()));
  for (const id of ids) batches.add({ device: 'gate-3', id, sha256: HASH, state: 'stored' });
  expect(sent).toHaveLength(1);
  await expect.poll(() => sent.length).toBe(2);
  expect(sent.map(({ receipt }) => receipt?.captures.length)).toEqual([100, 30]);
  expect(sent.flatMap(({ receipt }) => receipt?.captures.map(([id]) => id) ?? [])).toEqual(ids);
});

test('keeps devices, states and reasons apart', async () => {
  const { sent, batches } = startBatches();
  const id = mintCaptureId(new Date());
  batches.add({ device: 'gate-3', id, sha256: HASH, state: 'stored' });
  batches.add({ device: 'gate-4', id, sha256: HASH, state: 'stored' });
  batches.add({ device: 'gate-3', id, sha256: HASH, state: 'refused', reason: 'damaged' });
  batches.add({ device: 'gate-3', id, sha256: HASH, state: 'refused', reason: 'conflict' });
  await batches.flush();
  expect(sent.map(({ device, receipt }) => [device, receipt?.state, receipt?.reason, receipt?.by])).toEqual([
    ['gate-3', 'stored', undefined, 'p-1'],
    ['gate-4', 'stored', undefined, 'p-1'],
    ['gate-3', 'refused', 'damaged', 'p-1'],
    ['gate-3', 'refused', 'conflict', 'p-1'],
  ]);
});
