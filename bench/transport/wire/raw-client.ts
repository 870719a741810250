import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type PacketHandler, PacketReader } from './packet-reader.ts';
import { connectPacket, pubackPackets, publishPacket, subscribePacket } from './packets.ts';

/** Read from the socket at a time: few large reads. */
const READ_BYTES = 256 * 1024;
const LAST_PACKET_ID = 65_535;

export interface RawClientOptions {
  readonly port: number;
  readonly clientId: string;
  readonly handler: Omit<PacketHandler, 'onReady'>;
  /** Something was read and handled. */
  readonly onRead?: () => void;
}

/** A connection to a broker on loopback over MQTT 3.1.1, as cheap as it can be: no queue, no keepalive, no clone of anything. */
export class RawClient {
  readonly socket: Socket;
  readonly #toAcknowledge: number[] = [];
  #ready = Promise.withResolvers<number>();
  #lastPacketId = 0;

  private constructor({ port, handler, onRead }: RawClientOptions) {
    const reader = new PacketReader({
      onPublish: (topic, packetId, bytes) => {
        if (packetId > 0) this.#toAcknowledge.push(packetId);
        handler.onPublish(topic, packetId, bytes);
      },
      onPayload: (piece) => handler.onPayload(piece),
      onPublishEnd: () => handler.onPublishEnd(),
      onPuback: (packetId) => handler.onPuback(packetId),
      onReady: (code) => this.#ready.resolve(code),
    });
    const buffer = Buffer.allocUnsafeSlow(READ_BYTES);
    const onread = {
      buffer,
      callback: (bytes: number) => {
        reader.read(buffer.subarray(0, bytes));
        if (this.#toAcknowledge.length > 0) this.socket.write(pubackPackets(this.#toAcknowledge.splice(0)));
        onRead?.();
        return true;
      },
    };
    this.socket = connect({ port, host: '127.0.0.1', noDelay: true, onread });
    this.socket.on('close', () =>
      this.#ready.reject(new Error(`Expected the broker on port ${port} to stay, it left`)),
    );
    this.socket.on('error', () => undefined);
    this.#ready.promise.catch(() => undefined);
  }

  static async open(options: RawClientOptions): Promise<RawClient> {
    const client = new RawClient(options);
    await once(client.socket, 'connect');
    await client.#ask(connectPacket(options.clientId), 0);
    return client;
  }

  /** Packet ids count up and begin anew: what is in flight must be fewer than all of them. */
  nextPacketId(): number {
    this.#lastPacketId = (this.#lastPacketId % LAST_PACKET_ID) + 1;
    return this.#lastPacketId;
  }

  async subscribe(filter: string): Promise<void> {
    await this.#ask(subscribePacket(this.nextPacketId(), filter, 1), 1);
  }

  /** QoS 1; its PUBACK comes to the handler. */
  publish(topic: string, payload: Buffer): void {
    this.socket.write(publishPacket(this.nextPacketId(), topic, payload));
  }

  end(): void {
    this.socket.destroy();
  }

  async #ask(packet: Buffer, expected: number): Promise<void> {
    this.#ready = Promise.withResolvers();
    this.#ready.promise.catch(() => undefined);
    this.socket.write(packet);
    const code = await this.#ready.promise;
    if (code !== expected) throw new Error(`Expected the broker to say ${expected}, got ${code}`);
  }
}
