import { describe, expect, it } from 'vitest';
import { PacketLengths } from './packet-lengths.ts';

const packet = (...length: number[]) => Buffer.from([0x30, ...length]);

describe('PacketLengths', () => {
  it('passes packets up to the limit, however they are cut', () => {
    const stream = Buffer.concat([
      packet(0),
      packet(0xc8, 0x01),
      Buffer.alloc(200, 0xff),
      packet(2),
      Buffer.alloc(2),
      packet(1),
    ]);
    for (let size = 1; size < stream.length; size += 1) {
      const lengths = new PacketLengths(200);
      for (let at = 0; at < stream.length; at += size)
        expect(lengths.follow(stream.subarray(at, at + size))).toBeUndefined();
    }
  });

  it('tells the length of the first packet over the limit, before its body comes', () => {
    const lengths = new PacketLengths(199);
    expect(lengths.follow(packet(0xc8))).toBeUndefined();
    expect(lengths.follow(Buffer.from([0x01]))).toBe(200);
  });

  it('refuses a length of more than four digits', () => {
    expect(new PacketLengths(2 ** 30).follow(packet(0x80, 0x80, 0x80, 0x80))).toBe(0);
  });
});
