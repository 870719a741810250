export interface PacketHandler {
  /** A PUBLISH begins; packetId is 0 at QoS 0. Its payload follows in pieces. */
  onPublish(topic: string, packetId: number, payloadBytes: number): void;
  /** A piece of the payload; only valid during the call. */
  onPayload(piece: Buffer): void;
  onPublishEnd(): void;
  onPuback(packetId: number): void;
  /** CONNACK or SUBACK, with the last byte of it: 0 or 1 when all is well. */
  onReady(code: number): void;
}

/** A topic of at most 512 bytes, and what stands around it. */
const MAX_HEAD = 1024;

/** Takes a stream of MQTT 3.1.1 packets apart, without ever copying a payload. */
export class PacketReader {
  readonly #handler: PacketHandler;
  /** The beginning of a packet whose rest has not come yet. */
  readonly #head = Buffer.alloc(MAX_HEAD);
  #headLength = 0;
  #payloadLeft = 0;

  constructor(handler: PacketHandler) {
    this.#handler = handler;
  }

  read(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#payloadLeft > 0) at += this.#readPayload(chunk, at);
      else if (this.#headLength > 0) at += this.#completeHead(chunk, at);
      else {
        const used = this.#readHead(chunk, at, chunk.length);
        at = used > 0 ? at + used : at + this.#keepHead(chunk, at);
      }
    }
  }

  #readPayload(chunk: Buffer, at: number): number {
    const piece = chunk.subarray(at, at + this.#payloadLeft);
    this.#handler.onPayload(piece);
    this.#payloadLeft -= piece.length;
    if (this.#payloadLeft === 0) this.#handler.onPublishEnd();
    return piece.length;
  }

  /** @returns how much of the chunk belonged to the head. */
  #completeHead(chunk: Buffer, at: number): number {
    const before = this.#headLength;
    const kept = this.#keepHead(chunk, at);
    const used = this.#readHead(this.#head, 0, this.#headLength);
    if (used === 0) return kept;
    this.#headLength = 0;
    return used - before;
  }

  #keepHead(chunk: Buffer, at: number): number {
    const kept = chunk.copy(this.#head, this.#headLength, at);
    if (kept === 0) throw new Error(`Expected the head of a packet within ${MAX_HEAD} bytes, got none`);
    this.#headLength += kept;
    return kept;
  }

  /** @returns the length of the packet, a PUBLISH's without its payload; 0 when it is not whole. */
  #readHead(bytes: Buffer, start: number, end: number): number {
    let length = 0;
    let at = start + 1;
    for (let shift = 0; ; shift += 7, at += 1) {
      if (at >= end) return 0;
      const byte = bytes[at] as number;
      length += (byte & 127) << shift;
      if (byte < 128) break;
    }
    at += 1;
    const type = (bytes[start] as number) >> 4;
    if (type !== 3) return this.#readSmall(type, bytes, start, at + length, end);
    if (at + 2 > end) return 0;
    const topicEnd = at + 2 + bytes.readUInt16BE(at);
    const hasId = ((bytes[start] as number) & 6) !== 0;
    const headEnd = topicEnd + (hasId ? 2 : 0);
    if (headEnd > end) return 0;
    this.#payloadLeft = length - (headEnd - at);
    const packetId = hasId ? bytes.readUInt16BE(topicEnd) : 0;
    this.#handler.onPublish(bytes.toString('latin1', at + 2, topicEnd), packetId, this.#payloadLeft);
    if (this.#payloadLeft === 0) this.#handler.onPublishEnd();
    return headEnd - start;
  }

  #readSmall(type: number, bytes: Buffer, start: number, packetEnd: number, end: number): number {
    if (packetEnd > end) return 0;
    if (type === 4) this.#handler.onPuback(bytes.readUInt16BE(packetEnd - 2));
    else if (type === 2 || type === 9) this.#handler.onReady(bytes[packetEnd - 1] as number);
    return packetEnd - start;
  }
}
