import { MAX_RECEIPT_CAPTURES } from '../../contract/limits.ts';
import { encodeReceipt, type Receipt } from '../../contract/receipts.ts';
import type { RefusalReason } from '../../contract/refusal.ts';

/** How long a receipt waits for others to go with it. */
const DELAY_MS = 20;

/** What is said of one capture. */
export type Verdict = { readonly state: 'stored' } | { readonly state: 'refused'; readonly reason: RefusalReason };

export interface ReceiptBatchesOptions {
  /** This instance of this processor. */
  readonly by: string;
  /** Hands one receipt over. Must not throw: a receipt that gets lost is asked for again by its keeper. */
  readonly publish: (device: string, receipt: Buffer, captures: number, state: Verdict['state']) => Promise<void>;
}

interface Batch {
  readonly device: string;
  readonly verdict: Verdict;
  readonly captures: Receipt['captures'];
  readonly timer: NodeJS.Timeout;
}

/** Gathers receipts of one device and one verdict, and sends them when there are a hundred or the first has waited long enough. */
export class ReceiptBatches {
  readonly #options: ReceiptBatchesOptions;
  readonly #batches = new Map<string, Batch>();
  readonly #publishing = new Set<Promise<void>>();

  constructor(options: ReceiptBatchesOptions) {
    this.#options = options;
  }

  add(device: string, id: string, sha256: string, verdict: Verdict): void {
    const name = `${device}/${verdict.state === 'refused' ? verdict.reason : ''}`;
    let batch = this.#batches.get(name);
    if (!batch) {
      batch = { device, verdict, captures: [], timer: setTimeout(() => this.#send(name), DELAY_MS) };
      this.#batches.set(name, batch);
    }
    batch.captures.push([id, sha256]);
    if (batch.captures.length >= MAX_RECEIPT_CAPTURES) this.#send(name);
  }

  /** Sends all that waits; resolves when it was handed over. */
  async flush(): Promise<void> {
    for (const name of [...this.#batches.keys()]) this.#send(name);
    await Promise.all(this.#publishing);
  }

  #send(name: string): void {
    const batch = this.#batches.get(name);
    if (!batch) return;
    this.#batches.delete(name);
    clearTimeout(batch.timer);
    const { device, verdict, captures } = batch;
    const { by, publish } = this.#options;
    const publishing = publish(
      device,
      encodeReceipt({ ...verdict, captures, by }),
      captures.length,
      verdict.state,
    ).finally(() => this.#publishing.delete(publishing));
    this.#publishing.add(publishing);
  }
}
