/**
 * Follows the packets of one MQTT byte stream by their fixed headers (MQTT 3.1.1 §2.2), so that a packet that is too large is seen
 * before its body is held in memory.
 */
export class PacketLengths {
  readonly #maxBytes: number;
  /** Bytes of the current packet's body that are still to come. */
  #rest = 0;
  /** Undefined between packets; else how many bytes of the length were read, and its value so far. */
  #header: { digits: number; length: number } | undefined;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Returns the body length of the first packet that is over the limit, or undefined. */
  follow(chunk: Uint8Array): number | undefined {
    let at = 0;
    while (at < chunk.length) {
      if (this.#rest > 0) {
        const skipped = Math.min(this.#rest, chunk.length - at);
        this.#rest -= skipped;
        at += skipped;
        continue;
      }
      const byte = chunk[at] ?? 0;
      at += 1;
      if (!this.#header) {
        this.#header = { digits: 0, length: 0 };
        continue;
      }
      this.#header.length += (byte & 0x7f) * 128 ** this.#header.digits;
      this.#header.digits += 1;
      // A fifth digit is malformed; the value is over any limit by then, so it is refused here too.
      if (byte & 0x80 && this.#header.digits < 4) continue;
      const { length } = this.#header;
      if (length > this.#maxBytes || byte & 0x80) return length;
      this.#rest = length;
      this.#header = undefined;
    }
    return undefined;
  }
}
