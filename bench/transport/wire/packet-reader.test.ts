import { expect, it } from 'vitest';
import { PacketReader } from './packet-reader.ts';
import { pubackPackets, publishPacket, topicOffset } from './packets.ts';

const CAPTURE = publishPacket(513, 'gate/captures', Buffer.from('a picture that is longer than a header'));
const EMPTY = publishPacket(7, 'gate', Buffer.alloc(0));
const LARGE = publishPacket(8, 'gate', Buffer.alloc(70_000, 'x'));
const CONNACK = Buffer.from('20020000', 'hex');

function readInPieces(stream: Buffer, pieceBytes: number): string[] {
  const seen: string[] = [];
  let payload = Buffer.alloc(0);
  const reader = new PacketReader({
    onPublish: (topic, packetId, bytes) => seen.push(`publish ${topic} ${packetId} ${bytes}`),
    onPayload: (piece) => {
      payload = Buffer.concat([payload, piece]);
    },
    onPublishEnd: () => {
      seen.push(`end ${payload.length} ${payload.toString('latin1', 0, 9)}`);
      payload = Buffer.alloc(0);
    },
    onPuback: (packetId) => seen.push(`puback ${packetId}`),
    onReady: (code) => seen.push(`ready ${code}`),
  });
  for (let at = 0; at < stream.length; at += pieceBytes) reader.read(stream.subarray(at, at + pieceBytes));
  return seen;
}

it.each([1, 2, 3, 7, 64, 1000, 1_000_000])('reads the same packets however they are cut, in pieces of %i', (bytes) => {
  const stream = Buffer.concat([CONNACK, CAPTURE, pubackPackets([1, 65_535]), EMPTY, LARGE, CAPTURE]);
  expect(readInPieces(stream, bytes)).toEqual([
    'ready 0',
    'publish gate/captures 513 38',
    'end 38 a picture',
    'puback 1',
    'puback 65535',
    'publish gate 7 0',
    'end 0 ',
    'publish gate 8 70000',
    'end 70000 xxxxxxxxx',
    'publish gate/captures 513 38',
    'end 38 a picture',
  ]);
});

it('tells where a topic stands in its packet, whatever the length of the length', () => {
  for (const bytes of [0, 100, 128, 20_000, 3_000_000]) {
    const at = topicOffset('gate/captures', bytes);
    const packet = publishPacket(1, 'gate/captures', Buffer.alloc(bytes));
    expect(packet.toString('latin1', at, at + 13)).toBe('gate/captures');
  }
});
