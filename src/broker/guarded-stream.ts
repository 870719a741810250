import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { PacketLengths } from './packet-lengths.ts';

/** A client sent a packet that this broker does not take. */
export class PacketTooLargeError extends Error {
  override readonly name = 'PacketTooLargeError';
}

/** A socket that ends with PacketTooLargeError as soon as a packet announces more than `maxPacketBytes`. Passes back pressure both ways. */
export class GuardedStream extends Duplex {
  readonly #socket: Socket;
  readonly #lengths: PacketLengths;

  constructor(socket: Socket, maxPacketBytes: number) {
    super();
    this.#socket = socket;
    this.#lengths = new PacketLengths(maxPacketBytes);
    socket.on('data', (chunk) => {
      const tooLarge = this.#lengths.follow(chunk);
      if (tooLarge !== undefined) {
        this.destroy(
          new PacketTooLargeError(`Expected packets of at most ${maxPacketBytes} bytes, got one of ${tooLarge}`),
        );
      } else if (!this.push(chunk)) socket.pause();
    });
    socket.on('end', () => this.push(null));
    socket.on('error', (error) => this.destroy(error));
    socket.on('close', () => this.destroy());
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Buffer, encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#socket.write(chunk, encoding, done);
  }

  /** One packet comes as several small writes: corked, they leave as one. */
  override _writev(chunks: { chunk: Buffer; encoding: BufferEncoding }[], done: (error?: Error | null) => void): void {
    this.#socket.cork();
    chunks.forEach(({ chunk, encoding }, index) => {
      if (index === chunks.length - 1) this.#socket.write(chunk, encoding, done);
      else this.#socket.write(chunk, encoding);
    });
    this.#socket.uncork();
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#socket.end(done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#socket.destroy();
    done(error);
  }
}
