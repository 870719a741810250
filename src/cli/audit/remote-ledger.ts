import { randomBytes } from 'node:crypto';
import type { LedgerHour, LedgerRow, LedgerStatus } from '../../contract/ledger.ts';
import { MAX_LEDGER_IDS } from '../../contract/ledger-messages.ts';
import { MAX_RECEIPT_CAPTURES } from '../../contract/limits.ts';
import { encodeReceipt } from '../../contract/receipts.ts';
import { deviceTopic } from '../../contract/topics.ts';
import type { LedgerAsker } from './ledger-asker.ts';
import type { FoundStored, LedgerPart, LedgerSource } from './ledger-source.ts';

export interface RemoteLedgerOptions {
  /** Started. */
  readonly asker: LedgerAsker;
  readonly prefix: string;
}

/** The ledger of a device, asked over the cloud broker page by page. */
export class RemoteLedger implements LedgerSource {
  readonly address: string;
  readonly #options: RemoteLedgerOptions;

  constructor(options: RemoteLedgerOptions) {
    this.#options = options;
    this.address = options.asker.topic;
  }

  async status(signal: AbortSignal): Promise<LedgerStatus> {
    return (await this.#options.asker.ask({ about: 'status' }, signal)).status;
  }

  async hours(part: LedgerPart, signal: AbortSignal): Promise<readonly LedgerHour[]> {
    const hours: LedgerHour[] = [];
    let after: number | undefined = 0;
    while (after !== undefined) {
      const page: { hours: LedgerHour[]; next?: number | undefined } = await this.#options.asker.ask(
        { about: 'hours', ...part, after },
        signal,
      );
      hours.push(...page.hours);
      after = page.next;
    }
    return hours;
  }

  async *rows(part: LedgerPart & { readonly ids?: readonly string[] }, signal: AbortSignal): AsyncIterable<LedgerRow> {
    const { ids, ...scope } = part;
    if (!ids) return yield* this.#pages(scope, undefined, signal);
    for (let at = 0; at < ids.length; at += MAX_LEDGER_IDS)
      yield* this.#pages(scope, ids.slice(at, at + MAX_LEDGER_IDS), signal);
  }

  /** By a receipt, as an image-processor says it: it needs the same right on the broker. */
  async settle(found: readonly FoundStored[]): Promise<void> {
    const { asker, prefix } = this.#options;
    const by = `audit-${randomBytes(4).toString('hex')}`;
    for (const [device, captures] of Map.groupBy(found, (capture) => capture.device)) {
      for (let at = 0; at < captures.length; at += MAX_RECEIPT_CAPTURES) {
        const some = captures.slice(at, at + MAX_RECEIPT_CAPTURES);
        const pairs = some.map(({ id, sha256 }): [string, string] => [id, sha256]);
        const receipt = encodeReceipt({ state: 'stored', captures: pairs, by });
        await asker.publish(deviceTopic(prefix, device, 'receipts'), receipt);
      }
    }
  }

  async close(): Promise<void> {
    await this.#options.asker.stop();
  }

  async *#pages(part: LedgerPart, ids: readonly string[] | undefined, signal: AbortSignal): AsyncIterable<LedgerRow> {
    let after: number | undefined = 0;
    while (after !== undefined) {
      const page: { entries: LedgerRow[]; next?: number | undefined } = await this.#options.asker.ask(
        { about: 'entries', ...part, after, ...(ids ? { ids: [...ids] } : {}) },
        signal,
      );
      yield* page.entries;
      after = page.next;
    }
  }
}
