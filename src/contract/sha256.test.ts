import { expect, it } from 'vitest';
import { isSha256Hex, sha256Hex } from './sha256.ts';

it('computes the example of FIPS 180-2 appendix B.1', () => {
  expect(sha256Hex(Buffer.from('abc'))).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
});

it('knows a hash by its 64 lower-case digits', () => {
  const hash = sha256Hex(Buffer.alloc(0));
  expect(isSha256Hex(hash)).toBe(true);
  for (const text of ['', hash.toUpperCase(), hash.slice(1), `${hash}0`, `${hash}\n`, 'g'.repeat(64)]) {
    expect(isSha256Hex(text)).toBe(false);
  }
});
