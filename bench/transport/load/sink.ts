import { createHash, type Hash } from 'node:crypto';
import { ReceiptBatcher } from '../../../src/contract/receipt-batcher.ts';
import { captureFilter, DEFAULT_PREFIX, deviceTopic } from '../../../src/contract/topics.ts';
import { RawClient } from '../wire/raw-client.ts';
import { Tally } from './tally.ts';

export interface SinkOptions {
  /** Of the broker it reads from. */
  readonly port: number;
  /** Answers each capture with a `stored` receipt, as a processor does. */
  readonly isWithReceipts: boolean;
}

/** When whole captures came, each counted once. */
export interface Arrivals {
  readonly bytes: number;
  /** Unix milliseconds; 0 while nothing has come. */
  readonly firstAtMs: number;
  readonly firstBytes: number;
  readonly lastAtMs: number;
}

/** Takes captures off a broker, acknowledges, counts, and throws them away. */
export class Sink {
  readonly tally = new Tally();
  readonly #options: SinkOptions;
  #arrivals: Arrivals = { bytes: 0, firstAtMs: 0, firstBytes: 0, lastAtMs: 0 };
  #client: RawClient | undefined;
  #topic: readonly string[] = [];
  #captureBytes = 0;
  #hash: Hash | undefined;

  constructor(options: SinkOptions) {
    this.#options = options;
  }

  get arrivals(): Arrivals {
    return this.#arrivals;
  }

  async start(): Promise<void> {
    const { port, isWithReceipts } = this.#options;
    const receipts = new ReceiptBatcher({
      by: 'bench-sink',
      publish: async (device, payload) =>
        this.#client?.publish(deviceTopic(DEFAULT_PREFIX, device, 'receipts'), payload),
    });
    this.#client = await RawClient.open({
      port,
      clientId: `bench-sink-${process.pid}`,
      handler: {
        onPublish: (topic, _, bytes) => {
          this.#topic = topic.split('/');
          this.#captureBytes = bytes;
          if (isWithReceipts) this.#hash = createHash('sha256');
        },
        onPayload: (piece) => void this.#hash?.update(piece),
        onPublishEnd: () => {
          const [, device = '', , , id = ''] = this.#topic;
          if (this.tally.add(id)) this.#noteArrival();
          if (this.#hash) receipts.add({ device, id, sha256: this.#hash.digest('hex'), state: 'stored' });
        },
        onPuback: () => undefined,
      },
    });
    await this.#client.subscribe(captureFilter(DEFAULT_PREFIX));
  }

  #noteArrival(): void {
    const lastAtMs = Date.now();
    const { bytes, firstAtMs, firstBytes } = this.#arrivals;
    this.#arrivals = {
      bytes: bytes + this.#captureBytes,
      firstAtMs: firstAtMs || lastAtMs,
      firstBytes: firstBytes || this.#captureBytes,
      lastAtMs,
    };
  }
}
