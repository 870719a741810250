import { describe, expect, it } from 'vitest';
import { ProtobufMessage } from './protobuf.ts';

const hex = (message: ProtobufMessage): string => Buffer.from(message.encode()).toString('hex');

describe('ProtobufMessage', () => {
  it('writes the examples of the encoding specification', () => {
    expect(hex(new ProtobufMessage().varint(1, 150))).toBe('089601');
    expect(hex(new ProtobufMessage().string(2, 'testing'))).toBe('120774657374696e67');
    expect(hex(new ProtobufMessage().message(3, new ProtobufMessage().varint(1, 150)))).toBe('1a03089601');
  });

  it('writes field numbers above 15 and numbers above 32 bits', () => {
    expect(hex(new ProtobufMessage().varint(20, 1))).toBe('a00101');
    expect(hex(new ProtobufMessage().varint(1, 2 ** 40))).toBe('08808080808020');
  });

  it('refuses what a varint of ours cannot carry', () => {
    expect(() => new ProtobufMessage().varint(1, -1)).toThrow('Expected a whole number');
    expect(() => new ProtobufMessage().varint(1, 0.5)).toThrow('Expected a whole number');
  });
});
