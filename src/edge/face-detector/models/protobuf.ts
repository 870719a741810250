/**
 * A Protocol Buffers message being written, in the wire format of
 * https://protobuf.dev/programming-guides/encoding: only what ONNX needs. Byte fields are referenced until `encode()`,
 * so that megabytes of weights are copied once.
 */
export class ProtobufMessage {
  readonly #chunks: Uint8Array[] = [];
  #byteLength = 0;

  /** Wire type 0. `value` is a whole number from 0 to 2^53 - 1. */
  varint(field: number, value: number): this {
    return this.#append(encodeVarint(field * 8), encodeVarint(value));
  }

  /** Wire type 5, a 32-bit float. */
  float(field: number, value: number): this {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setFloat32(0, value, true);
    return this.#append(encodeVarint(field * 8 + 5), bytes);
  }

  /** Wire type 2. */
  bytes(field: number, value: Uint8Array): this {
    return this.#append(encodeVarint(field * 8 + 2), encodeVarint(value.byteLength), value);
  }

  /** Wire type 2, UTF-8. */
  string(field: number, value: string): this {
    return this.bytes(field, Buffer.from(value, 'utf8'));
  }

  /** Wire type 2, a message inside this one. It must be complete: what is added to it later is not seen. */
  message(field: number, value: ProtobufMessage): this {
    return this.#append(encodeVarint(field * 8 + 2), encodeVarint(value.#byteLength), ...value.#chunks);
  }

  encode(): Uint8Array {
    const bytes = new Uint8Array(this.#byteLength);
    let offset = 0;
    for (const chunk of this.#chunks) {
      bytes.set(chunk, offset);
      offset += chunk.byteLength;
    }
    return bytes;
  }

  #append(...chunks: Uint8Array[]): this {
    for (const chunk of chunks) {
      this.#chunks.push(chunk);
      this.#byteLength += chunk.byteLength;
    }
    return this;
  }
}

function encodeVarint(value: number): Uint8Array {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new RangeError(`Expected a whole number from 0 to 2^53 - 1 for a varint, got ${value}.`);
  }
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  return Uint8Array.from(bytes);
}
