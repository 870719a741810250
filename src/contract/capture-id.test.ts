import { expect, it } from 'vitest';
import { bareCaptureId, captureIdTime, isCaptureId, mintCaptureId } from './capture-id.ts';
import { sha256Hex } from './sha256.ts';

const AT = new Date('2022-02-22T19:22:22.000Z');

it('lays out time, version and variant as the example of RFC 9562 appendix A.6', () => {
  const id = mintCaptureId(AT);
  expect(id.slice(0, 15)).toBe('017f22e2-79b0-7');
  expect(id).toMatch(/^.{19}[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(isCaptureId(id)).toBe(true);
  expect(isCaptureId('017f22e2-79b0-7cc3-98c4-dc0c0c07398f')).toBe(true);
});

it.each(['1970-01-01T00:00:00.000Z', '2025-07-18T23:59:59.999Z', '9999-12-31T23:59:59.999Z'])(
  'gives back the millisecond %s that went in',
  (instant) => {
    expect(captureIdTime(mintCaptureId(new Date(instant))).toISOString()).toBe(instant);
  },
);

it('mints ids that differ within a millisecond and sort by time', () => {
  const ids = Array.from({ length: 1000 }, () => mintCaptureId(AT));
  expect(new Set(ids).size).toBe(1000);
  const later = mintCaptureId(new Date(AT.getTime() + 1));
  expect(ids.every((id) => id < later)).toBe(true);
});

it('leaves no bit of the 74 random ones always set or always clear', () => {
  let everSet = 0n;
  let everClear = 0n;
  for (let count = 0; count < 500; count += 1) {
    const bits = BigInt(`0x${mintCaptureId(AT).replaceAll('-', '').slice(12)}`);
    everSet |= bits;
    everClear |= ~bits & 0xffff_ffff_ffff_ffff_ffffn;
  }
  const bothWays = everSet & everClear;
  expect(bothWays.toString(2).replaceAll('0', '')).toHaveLength(74);
});

it.each([new Date('1969-12-31T23:59:59.999Z'), new Date(-8.64e15), new Date(Number.NaN)])(
  'lets the epoch stand in for a broken clock (%s)',
  (at) => {
    const id = mintCaptureId(at);
    expect(isCaptureId(id)).toBe(true);
    expect(captureIdTime(id).getTime()).toBe(0);
  },
);

it('stops at the last millisecond that 48 bits hold', () => {
  expect(captureIdTime(mintCaptureId(new Date(8.64e15))).getTime()).toBe(2 ** 48 - 1);
});

it('gives a bare image the same id for the same time and bytes, another for others', () => {
  const [face, other] = [sha256Hex(Buffer.from('face')), sha256Hex(Buffer.from('other'))];
  const id = bareCaptureId(AT, face);
  expect(id).toBe(bareCaptureId(AT, face));
  expect(isCaptureId(id)).toBe(true);
  expect(captureIdTime(id)).toEqual(AT);
  expect(id).not.toBe(bareCaptureId(AT, other));
  expect(id).not.toBe(bareCaptureId(new Date(AT.getTime() + 1), face));
  expect(bareCaptureId(AT, 'ff'.repeat(32))).toBe('017f22e2-79b0-7fff-bfff-ffffffffffff');
  expect(bareCaptureId(AT, '00'.repeat(32))).toBe('017f22e2-79b0-7000-8000-000000000000');
});

it.each([
  '',
  'undefined',
  '017F22E2-79B0-7CC3-98C4-DC0C0C07398F',
  '017f22e2-79b0-4cc3-98c4-dc0c0c07398f',
  '017f22e2-79b0-7cc3-c8c4-dc0c0c07398f',
  '017f22e279b07cc398c4dc0c0c07398f',
  '{017f22e2-79b0-7cc3-98c4-dc0c0c07398f}',
  ' 017f22e2-79b0-7cc3-98c4-dc0c0c07398f',
  '017f22e2-79b0-7cc3-98c4-dc0c0c07398f\n',
  '017f22e2-79b0-7cc3-98c4-dc0c0c07398f.png',
  '017f22e2-79b0-7cc3-98c4-dc0c0c07398',
])('takes %j for no capture id', (text) => {
  expect(isCaptureId(text)).toBe(false);
});
