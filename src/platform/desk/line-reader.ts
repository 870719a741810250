import type { Socket } from 'node:net';

/** Reads lines, and bytes after them, from a socket; never holds more than the reader asked for and what came with it. */
export class LineReader {
  readonly #chunks: AsyncIterator<Buffer>;
  readonly #maxLineBytes: number;
  #rest: Buffer = Buffer.alloc(0);

  constructor(socket: Socket, maxLineBytes: number) {
    this.#chunks = socket[Symbol.asyncIterator]();
    this.#maxLineBytes = maxLineBytes;
  }

  /** The next line without its end, or undefined where the socket ended between two lines. @throws RangeError */
  async line(): Promise<string | undefined> {
    const parts: Buffer[] = [];
    let bytes = 0;
    for (let chunk: Buffer | undefined = this.#rest; chunk; chunk = await this.#next()) {
      const end = chunk.indexOf(0x0a);
      bytes += end < 0 ? chunk.length : end;
      if (bytes > this.#maxLineBytes) throw new RangeError(`Expected a line of at most ${this.#maxLineBytes} bytes`);
      if (end >= 0) {
        this.#rest = chunk.subarray(end + 1);
        return Buffer.concat([...parts, chunk.subarray(0, end)]).toString('utf8');
      }
      parts.push(chunk);
    }
    if (bytes > 0) throw new RangeError('Expected a whole line, got an end within it');
    return undefined;
  }

  /** @throws RangeError when the socket ends before. */
  async bytes(count: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    let missing = count;
    for (let chunk: Buffer | undefined = this.#rest; chunk; chunk = await this.#next()) {
      parts.push(chunk.subarray(0, missing));
      this.#rest = chunk.subarray(missing);
      missing -= chunk.length;
      if (missing <= 0) return Buffer.concat(parts);
    }
    throw new RangeError(`Expected ${count} bytes, got an end before`);
  }

  async #next(): Promise<Buffer | undefined> {
    this.#rest = Buffer.alloc(0);
    const { done, value } = await this.#chunks.next();
    return done ? undefined : value;
  }
}
