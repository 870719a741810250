/** Finds where the first packet of an MQTT byte stream ends (MQTT 3.1.1 §2.2), however the stream is cut. */
export class FirstPacket {
  #hasType = false;
  #digits = 0;
  #length = 0;
  /** Bytes of its body that are still to come; undefined while its length is not known. */
  #rest: number | undefined;

  get isWhole(): boolean {
    return this.#rest === 0;
  }

  /** Takes the stream's next bytes; returns how many of them belong to the first packet. */
  take(chunk: Uint8Array): number {
    let at = 0;
    while (at < chunk.length && !this.isWhole) {
      if (this.#rest !== undefined) {
        const taken = Math.min(this.#rest, chunk.length - at);
        this.#rest -= taken;
        at += taken;
      } else {
        this.#readHeader(chunk[at] ?? 0);
        at += 1;
      }
    }
    return at;
  }

  #readHeader(byte: number): void {
    if (!this.#hasType) {
      this.#hasType = true;
      return;
    }
    this.#length += (byte & 0x7f) * 128 ** this.#digits;
    this.#digits += 1;
    if ((byte & 0x80) === 0 || this.#digits === 4) this.#rest = this.#length;
  }
}
