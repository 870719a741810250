/** Packets of MQTT 3.1.1, as bytes: no library's work may be in the load that others are measured with. */

/** Largest fixed header (MQTT 2.2): type and four bytes of length. */
const MAX_FIXED_HEADER = 5;

/** CONNECT (3.1): clean session, no keepalive. */
export function connectPacket(clientId: string): Buffer {
  return packet(0x10, Buffer.concat([text('MQTT'), Buffer.from([4, 2, 0, 0]), text(clientId)]));
}

/** SUBSCRIBE (3.8) to one filter. */
export function subscribePacket(packetId: number, filter: string, qos: 0 | 1): Buffer {
  return packet(0x82, Buffer.concat([uint16(packetId), text(filter), Buffer.from([qos])]));
}

/** PUBLISH (3.3), QoS 1. */
export function publishPacket(packetId: number, topic: string, payload: Buffer): Buffer {
  return packet(0x32, Buffer.concat([text(topic), uint16(packetId), payload]));
}

/** Where in a publishPacket its topic begins. */
export function topicOffset(topic: string, payloadBytes: number): number {
  return fixedHeader(0x32, 2 + Buffer.byteLength(topic) + 2 + payloadBytes).length + 2;
}

/** One PUBACK (3.4) after the other. */
export function pubackPackets(packetIds: readonly number[]): Buffer {
  const bytes = Buffer.allocUnsafe(packetIds.length * 4);
  for (const [index, packetId] of packetIds.entries()) {
    bytes.writeUInt16BE(0x4002, index * 4);
    bytes.writeUInt16BE(packetId, index * 4 + 2);
  }
  return bytes;
}

function packet(firstByte: number, body: Buffer): Buffer {
  return Buffer.concat([fixedHeader(firstByte, body.length), body]);
}

function fixedHeader(firstByte: number, length: number): Buffer {
  const bytes = [firstByte];
  for (let rest = length; bytes.length < MAX_FIXED_HEADER; rest = Math.floor(rest / 128)) {
    bytes.push((rest % 128) + (rest >= 128 ? 128 : 0));
    if (rest < 128) break;
  }
  return Buffer.from(bytes);
}

function text(value: string): Buffer {
  return Buffer.concat([uint16(Buffer.byteLength(value)), Buffer.from(value)]);
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}
