import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { FirstPacket } from './first-packet.ts';
import { PacketLengths } from './packet-lengths.ts';

/** A client sent a packet that this broker does not take. */
export class PacketTooLargeError extends Error {
  override readonly name = 'PacketTooLargeError';
}

/**
 * A client's socket as the broker sees it. Ends with PacketTooLargeError as soon as a packet announces more than `maxPacketBytes`; passes back
 * pressure both ways; and mends how Aedes treats a client that sends and leaves without waiting for an answer, as QoS 0 publishers do:
 *
 * - Aedes lets packets that come after its CONNACK overtake those that came with the CONNECT, and a DISCONNECT among them drops the rest.
 *   What follows the CONNECT is therefore held back until welcome().
 * - The end of the connection is told only when all that came before it was read.
 */
export class GuardedStream extends Duplex {
  readonly #socket: Socket;
  readonly #lengths: PacketLengths;
  readonly #connect = new FirstPacket();
  #held: Buffer[] = [];
  #isWelcome = false;
  #hasEnded = false;

  constructor(socket: Socket, maxPacketBytes: number) {
    super({ allowHalfOpen: false });
    this.#socket = socket;
    this.#lengths = new PacketLengths(maxPacketBytes);
    socket.on('data', (chunk) => {
      const tooLarge = this.#lengths.follow(chunk);
      if (tooLarge === undefined) this.#accept(chunk);
      else
        this.destroy(
          new PacketTooLargeError(`Expected packets of at most ${maxPacketBytes} bytes, got one of ${tooLarge}`),
        );
    });
    for (const event of ['end', 'error', 'close']) socket.on(event, () => this.#end());
  }

  /** The client's CONNECT was answered: what it has sent since may come. */
  welcome(): void {
    this.#isWelcome = true;
    for (const chunk of this.#held.splice(0)) this.push(chunk);
    if (this.#hasEnded) this.push(null);
    this.#socket.resume();
  }

  /** Several of the socket's events say it; what is held back still comes before the end. */
  #end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    if (!this.#isWaiting) this.push(null);
  }

  #accept(chunk: Buffer): void {
    const passed = this.#isWelcome ? chunk.length : this.#connect.take(chunk);
    if (passed < chunk.length) this.#held.push(chunk.subarray(passed));
    const hasRoom = passed === 0 || this.push(chunk.subarray(0, passed));
    if (!hasRoom || this.#isWaiting) this.#socket.pause();
  }

  get #isWaiting(): boolean {
    return this.#connect.isWhole && !this.#isWelcome;
  }

  override _read(): void {
    if (!this.#isWaiting) this.#socket.resume();
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
