import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { mutate, seededRandom } from '../fixtures/seeded-random.ts';
import { inflatedPngBytes, inflatedPngBytesAtOnce, isSoonInflated } from './png-inflate.ts';

const MAX = 256 * 1024;
const random = seededRandom(11);

function grain(length: number): Buffer {
  const bytes = Buffer.alloc(length, 7);
  for (let at = random(3); at < length; at += 1 + random(5)) bytes[at] = random(256);
  return bytes;
}

/** Both ways must find enough, or both too little. */
async function enough(data: Buffer, expected: number): Promise<boolean> {
  const atOnce = inflatedPngBytesAtOnce(data, expected) >= expected;
  expect((await inflatedPngBytes(data, expected)) >= expected, data.toString('base64').slice(0, 200)).toBe(atOnce);
  return atOnce;
}

describe.each([63, 64, 65, 110, 5_000, 70_000, MAX - 1])('%i bytes of pixels', (expected) => {
  it.each([0, 1, 10, 63, 64, 65, 1_000, 400_000])('are found in as many and %i more', async (more) => {
    expect(await enough(deflateSync(grain(expected + more)), expected)).toBe(true);
  });

  it('are missed in one less, in none, and in data without its last byte', async () => {
    const whole = deflateSync(grain(expected));
    expect(await enough(deflateSync(grain(expected - 1)), expected)).toBe(false);
    expect(await enough(Buffer.alloc(0), expected)).toBe(false);
    expect(await enough(whole.subarray(0, -1), expected)).toBe(false);
    expect(await enough(Buffer.concat([whole, Buffer.from('and what follows')]), expected)).toBe(true);
    expect(await enough(Buffer.concat([whole, whole]), expected)).toBe(true);
  });

  it('are found as often in mutated data, cut off anywhere, with a dictionary that is not there', async () => {
    for (let round = 0; round < (expected > 10_000 ? 12 : 60); round += 1) {
      const data = deflateSync(grain(expected + random(80)), { level: random(10), memLevel: 1 + random(9) });
      await enough(mutate(data, random), expected);
      await enough(data.subarray(0, random(data.length)), expected);
    }
    await enough(deflateSync(grain(expected), { dictionary: Buffer.from('seven') }), expected);
  });
});

it('leaves to a stream what is large, what is too long for its size, and what is smaller than a piece', () => {
  expect(isSoonInflated(Buffer.alloc(40_000), MAX - 1)).toBe(true);
  expect(isSoonInflated(Buffer.alloc(40_000), MAX)).toBe(false);
  expect(isSoonInflated(Buffer.alloc(40_000), 62)).toBe(false);
  expect(isSoonInflated(Buffer.alloc(2 * MAX + 1), 100)).toBe(false);
});
