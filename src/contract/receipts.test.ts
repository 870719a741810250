import { expect, it } from 'vitest';
import { MAX_RECEIPT_BYTES, MAX_RECEIPT_CAPTURES } from './limits.ts';
import { decodeReceipt, encodeReceipt, type Receipt } from './receipts.ts';
import { REFUSAL_REASONS } from './refusal.ts';
import { sha256Hex } from './sha256.ts';

const ID = '017f22e2-79b0-7cc3-98c4-dc0c0c07398f';
const SHA256 = sha256Hex(Buffer.from('face'));
const RECEIPT: Receipt = { state: 'stored', captures: [[ID, SHA256]], by: 'image-processor-1' };

function decodeJson(value: unknown): Receipt | undefined {
  return decodeReceipt(Buffer.from(JSON.stringify(value)));
}

it('reads what it writes, in every state and for every reason', () => {
  for (const state of ['held', 'stored', 'refused'] as const) {
    expect(decodeReceipt(encodeReceipt({ ...RECEIPT, state }))).toEqual({ ...RECEIPT, state });
  }
  for (const reason of REFUSAL_REASONS) {
    const receipt = { ...RECEIPT, state: 'refused', reason } as const;
    expect(decodeReceipt(encodeReceipt(receipt))).toEqual(receipt);
  }
});

it('fits a full batch into its own limit', () => {
  const full: Receipt = {
    state: 'refused',
    captures: Array.from({ length: MAX_RECEIPT_CAPTURES }, () => [ID, SHA256] as [string, string]),
    by: '顔'.repeat(66),
    reason: 'metadata-disagrees',
  };
  const payload = encodeReceipt(full);
  expect(payload.length).toBeLessThan(MAX_RECEIPT_BYTES);
  expect(decodeReceipt(payload)).toEqual(full);
  expect(decodeJson({ ...full, captures: [...full.captures, [ID, SHA256]] })).toBeUndefined();
});

it('passes over keys that a newer version may add, also ones that JavaScript knows', () => {
  const text = JSON.stringify({ ...RECEIPT, at: '2030-01-01' }).replace('{', '{"__proto__":{"reason":"conflict"},');
  const receipt = decodeReceipt(Buffer.from(text));
  expect(receipt).toEqual(RECEIPT);
  expect(receipt?.reason).toBeUndefined();
});

it.each<[string, unknown]>([
  ['no captures', { ...RECEIPT, captures: [] }],
  ['another state', { ...RECEIPT, state: 'lost' }],
  ['another reason', { ...RECEIPT, state: 'refused', reason: 'too-ugly' }],
  ['no sender', { ...RECEIPT, by: '' }],
  ['a sender that is too long', { ...RECEIPT, by: 'x'.repeat(201) }],
  ['an id that is no UUIDv7', { ...RECEIPT, captures: [['../../etc/passwd', SHA256]] }],
  ['an upper-case id', { ...RECEIPT, captures: [[ID.toUpperCase(), SHA256]] }],
  ['an id alone', { ...RECEIPT, captures: [[ID]] }],
  ['a third part', { ...RECEIPT, captures: [[ID, SHA256, SHA256]] }],
  [
    'one bad capture among good ones',
    {
      ...RECEIPT,
      captures: [
        [ID, SHA256],
        [ID, 'x'],
      ],
    },
  ],
  ['an upper-case hash', { ...RECEIPT, captures: [[ID, SHA256.toUpperCase()]] }],
  ['a short hash', { ...RECEIPT, captures: [[ID, SHA256.slice(1)]] }],
  ['a hash with a line end', { ...RECEIPT, captures: [[ID, `${SHA256}\n`]] }],
  ['a null', null],
  ['a list', [RECEIPT]],
  ['a text', 'stored'],
])('takes JSON with %s for no receipt', (_, value) => {
  expect(decodeJson(value)).toBeUndefined();
});

it.each<[string, Buffer]>([
  ['nothing', Buffer.alloc(0)],
  ['zeros', Buffer.alloc(100)],
  ['half a receipt', encodeReceipt(RECEIPT).subarray(0, 50)],
  ['two receipts', Buffer.concat([encodeReceipt(RECEIPT), encodeReceipt(RECEIPT)])],
  ['deep brackets', Buffer.alloc(MAX_RECEIPT_BYTES, '[')],
  ['a picture', Buffer.from('89504e470d0a1a0a', 'hex')],
  ['a receipt with 64 KB of blanks', Buffer.concat([encodeReceipt(RECEIPT), Buffer.alloc(MAX_RECEIPT_BYTES, ' ')])],
])('takes %s for no receipt', (_, payload) => {
  expect(decodeReceipt(payload)).toBeUndefined();
});
