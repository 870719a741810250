import { captureTopic, DEFAULT_PREFIX } from '../../../src/contract/topics.ts';
import { publishPacket, topicOffset } from '../wire/packets.ts';
import type { RawClient } from '../wire/raw-client.ts';
import { type CaptureMould, captureMould, writeCaptureId } from './capture-mould.ts';
import { loadId } from './load-id.ts';

/** Captures written to the socket at a time. */
const SLAB_CAPTURES = 8;
const SLABS = 16;
/** Sent and not yet acknowledged by the broker: its own queues are not to be overrun. */
const MAX_UNACKNOWLEDGED = 200;
const TICK_MS = 5;

export interface GeneratorOptions {
  readonly generator: number;
  readonly device: string;
  readonly camera: string;
  /** Of one capture. */
  readonly bytes: number;
}

/** Publishes captures as fast as it is allowed to: they lie ready as packets, in which only the id is written anew. */
export class Generator {
  readonly #options: GeneratorOptions;
  readonly #client: RawClient;
  readonly #mould: CaptureMould;
  readonly #packetBytes: number;
  readonly #topicIdOffset: number;
  readonly #packetIdOffset: number;
  readonly #payloadOffset: number;
  readonly #slabs: Buffer[];
  #allowed = 0;
  #acknowledged = 0;
  #published = 0;
  #timer: NodeJS.Timeout | undefined;

  private constructor(options: GeneratorOptions, client: RawClient, mould: CaptureMould) {
    this.#options = options;
    this.#client = client;
    this.#mould = mould;
    const id = loadId(0, 0, 0);
    const topic = captureTopic(DEFAULT_PREFIX, { ...options, id });
    const packet = publishPacket(1, topic, mould.bytes);
    this.#packetBytes = packet.length;
    this.#topicIdOffset = topicOffset(topic, mould.bytes.length) + topic.length - id.length;
    this.#packetIdOffset = this.#topicIdOffset + id.length;
    this.#payloadOffset = this.#packetIdOffset + 2;
    this.#slabs = Array.from({ length: SLABS }, () => Buffer.concat(Array(SLAB_CAPTURES).fill(packet)));
  }

  static async create(options: GeneratorOptions, client: RawClient): Promise<Generator> {
    return new Generator(options, client, await captureMould(options.bytes, options.device, options.camera));
  }

  get published(): number {
    return this.#published;
  }

  /** As many captures may have been published, all in all. */
  allow(captures: number): void {
    this.#allowed = Math.max(this.#allowed, captures);
    this.#pump();
  }

  /** From now on so many a second, whatever becomes of them. */
  keepPace(perSecond: number): void {
    const already = this.#published;
    const startedMs = performance.now();
    clearInterval(this.#timer);
    this.#timer = setInterval(() => {
      this.allow(already + Math.floor(((performance.now() - startedMs) / 1000) * perSecond));
    }, TICK_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#allowed = this.#published;
  }

  acknowledged(): void {
    this.#acknowledged += 1;
    this.#pump();
  }

  #pump(): void {
    for (;;) {
      const room = Math.min(
        this.#allowed - this.#published,
        MAX_UNACKNOWLEDGED - (this.#published - this.#acknowledged),
        SLAB_CAPTURES,
      );
      // Few large writes: a single one goes alone only when no more may go.
      const isEnough = room >= SLAB_CAPTURES || (room > 0 && room >= this.#allowed - this.#published);
      const slab = isEnough ? this.#slabs.pop() : undefined;
      if (!slab) return;
      for (let index = 0; index < room; index += 1) this.#write(slab, index * this.#packetBytes);
      this.#client.socket.write(slab.subarray(0, room * this.#packetBytes), () => {
        this.#slabs.push(slab);
        this.#pump();
      });
    }
  }

  #write(slab: Buffer, start: number): void {
    const id = loadId(Date.now(), this.#options.generator, this.#published);
    slab.write(id, start + this.#topicIdOffset, 'latin1');
    slab.writeUInt16BE(this.#client.nextPacketId(), start + this.#packetIdOffset);
    writeCaptureId(this.#mould, slab, start + this.#payloadOffset, id);
    this.#published += 1;
  }
}
