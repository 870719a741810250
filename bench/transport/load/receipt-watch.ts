import { decodeReceipt } from '../../../src/contract/receipts.ts';
import { DEFAULT_PREFIX, deviceTopic } from '../../../src/contract/topics.ts';
import { RawClient } from '../wire/raw-client.ts';
import { Tally } from './tally.ts';

export interface ReceiptWatchOptions {
  readonly port: number;
  /** `+`: all. */
  readonly device: string;
  readonly state: 'held' | 'stored';
  /** So many captures have one. */
  readonly onReceipt?: (captures: number) => void;
}

/** Counts the captures for which a receipt of one state came, and how old they were then. */
export class ReceiptWatch {
  readonly tally = new Tally();
  /** Captures that were refused. */
  refused = 0;
  readonly #options: ReceiptWatchOptions;
  readonly #pieces: Buffer[] = [];

  constructor(options: ReceiptWatchOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    const { port, device } = this.#options;
    const client = await RawClient.open({
      port,
      clientId: `bench-receipts-${process.pid}-${port}`,
      handler: {
        onPublish: () => undefined,
        onPayload: (piece) => void this.#pieces.push(Buffer.from(piece)),
        onPublishEnd: () => this.#receive(Buffer.concat(this.#pieces.splice(0))),
        onPuback: () => undefined,
      },
    });
    await client.subscribe(deviceTopic(DEFAULT_PREFIX, device, 'receipts'));
  }

  #receive(payload: Buffer): void {
    const { state, onReceipt } = this.#options;
    const receipt = decodeReceipt(payload);
    if (receipt?.state === 'refused') this.refused += receipt.captures.length;
    if (receipt?.state !== state) return;
    for (const [id] of receipt.captures) this.tally.add(id);
    onReceipt?.(this.tally.totals.captures);
  }
}
