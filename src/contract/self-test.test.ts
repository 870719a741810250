import { expect, it } from 'vitest';
import { mintCaptureId } from './capture-id.ts';
import { isName } from './names.ts';
import { decodeReceipt, encodeReceipt } from './receipts.ts';
import { DOCTOR_CAMERA, isSelfTest, SELF_TEST_KEYS, selfTestKey, selfTestKeyId } from './self-test.ts';

const id = mintCaptureId(new Date());
const receipt = { state: 'stored', captures: [[id, 'ab'.repeat(32)]] as [string, string][], by: 'p-1' } as const;
const test = { at: '2026-11-21T16:00:00.000Z', putMs: 3.5, readMs: 1, removeMs: 0.25 };

it('the camera of test images is a name, and no other is taken for it', () => {
  expect(isName(DOCTOR_CAMERA)).toBe(true);
  expect(isSelfTest({ camera: 'doctor' })).toBe(true);
  expect(isSelfTest({ camera: 'doctor-2' })).toBe(false);
});

it('a key tells the id of its test image, and that it is one', () => {
  const key = selfTestKey({ device: 'gate', camera: DOCTOR_CAMERA, id });
  expect(key.startsWith(SELF_TEST_KEYS)).toBe(true);
  expect(selfTestKeyId(key)).toBe(id);
  expect(selfTestKeyId(`device=gate/camera=door/dt=2026-11-21/hh=06/${id}.png`)).toBeUndefined();
});

it('a receipt carries what a test found out', () => {
  expect(decodeReceipt(encodeReceipt({ ...receipt, test }))).toEqual({ ...receipt, test });
  const left = { key: 'doctor/device=gate/x', why: 'it answered 403' };
  expect(decodeReceipt(encodeReceipt({ ...receipt, test: { ...test, left } }))?.test?.left).toEqual(left);
});

it.each([
  ['of a newer version', { at: test.at, puts: 3 }],
  ['that is none', 'fine'],
  ['with absurd times', { ...test, putMs: -1 }],
])('a report %s spoils no receipt', (_, report) => {
  expect(decodeReceipt(Buffer.from(JSON.stringify({ ...receipt, test: report })))).toMatchObject(receipt);
});
