import { MAX_RECEIPT_CAPTURES } from './limits.ts';
import { encodeReceipt, type Receipt, type ReceiptState } from './receipts.ts';
import type { RefusalReason } from './refusal.ts';
import type { SelfTestReport } from './self-test.ts';

/** What a keeper says of one capture. */
export interface Verdict {
  readonly device: string;
  readonly id: string;
  readonly sha256: string;
  readonly state: ReceiptState;
  readonly reason?: RefusalReason;
  /** Of a test image, which gets a receipt of its own. */
  readonly test?: SelfTestReport;
}

/** What ends in the same turns goes together; longer waits would be part of every capture's way, and bound how many are under way. */
const DEFAULT_DELAY_MS = 2;

export interface ReceiptBatcherOptions {
  /** Who signs: the instance, in every receipt's `by`. */
  readonly by: string;
  /** Sends one receipt to a device. What fails is forgotten: the capture comes again, and is answered again. */
  readonly publish: (device: string, payload: Buffer, receipt: Receipt) => Promise<void>;
  /** How long the first verdict of a batch waits for company. */
  readonly delayMs?: number;
}

/** Gathers verdicts into receipts: at most 100 captures of one device, state and reason in each. */
export class ReceiptBatcher {
  readonly #options: ReceiptBatcherOptions;
  readonly #batches = new Map<string, { verdict: Verdict; captures: [string, string][] }>();
  readonly #publishing = new Set<Promise<void>>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ReceiptBatcherOptions) {
    this.#options = options;
  }

  add(verdict: Verdict): void {
    const batchKey = `${verdict.device}/${verdict.state}/${verdict.reason ?? ''}/${verdict.test ? verdict.id : ''}`;
    const batch = this.#batches.get(batchKey) ?? { verdict, captures: [] };
    this.#batches.set(batchKey, batch);
    batch.captures.push([verdict.id, verdict.sha256]);
    if (batch.captures.length >= MAX_RECEIPT_CAPTURES) this.#send();
    else this.#timer ??= setTimeout(() => this.#send(), this.#options.delayMs ?? DEFAULT_DELAY_MS);
  }

  /** Sends what waits; resolves when the broker has it, or could not take it. */
  async flush(): Promise<void> {
    this.#send();
    await Promise.all(this.#publishing);
  }

  #send(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const { by, publish } = this.#options;
    for (const { verdict, captures } of this.#batches.values()) {
      const { device, state, reason, test } = verdict;
      const receipt: Receipt = {
        state,
        captures,
        by,
        ...(reason === undefined ? {} : { reason }),
        ...(test ? { test } : {}),
      };
      const sending = publish(device, encodeReceipt(receipt), receipt)
        .catch(() => undefined)
        .finally(() => this.#publishing.delete(sending));
      this.#publishing.add(sending);
    }
    this.#batches.clear();
  }
}
