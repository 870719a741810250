import { expect, it } from 'vitest';
import { FirstPacket } from './first-packet.ts';

const connect = Buffer.concat([Buffer.from([0x10, 0xc8, 0x01]), Buffer.alloc(200, 0xff)]);
const stream = Buffer.concat([connect, Buffer.from([0x30, 2, 0, 0, 0xe0, 0])]);

it('ends where the first packet ends, however the stream is cut', () => {
  for (let size = 1; size <= stream.length; size += 1) {
    const first = new FirstPacket();
    let taken = 0;
    for (let at = 0; at < stream.length; at += size) taken += first.take(stream.subarray(at, at + size));
    expect([size, taken, first.isWhole]).toEqual([size, connect.length, true]);
  }
});

it('is not whole while bytes are missing, and may have no body', () => {
  const first = new FirstPacket();
  expect([first.take(connect.subarray(0, -1)), first.isWhole]).toEqual([connect.length - 1, false]);
  const empty = new FirstPacket();
  expect([empty.take(Buffer.from([0xe0, 0, 1])), empty.isWhole]).toEqual([2, true]);
});
