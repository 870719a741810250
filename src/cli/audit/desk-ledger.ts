import type { LedgerHour, LedgerRow, LedgerStatus } from '../../contract/ledger.ts';
import type { LedgerScope } from '../../platform/spool/protocol.ts';
import type { OpenedDesk } from '../spool/open-desk.ts';
import type { FoundStored, LedgerPart, LedgerSource } from './ledger-source.ts';

const PAGE_ROWS = 200;
const IDS_AT_ONCE = 500;

export interface DeskLedgerOptions {
  readonly opened: OpenedDesk;
  readonly folder: string;
  readonly keepDays: number;
}

/** The ledger of a spool on this machine. */
export class DeskLedger implements LedgerSource {
  readonly address: string;
  readonly #options: DeskLedgerOptions;

  constructor(options: DeskLedgerOptions) {
    this.#options = options;
    this.address = options.folder;
  }

  /** All rows are counted for it. */
  async status(): Promise<LedgerStatus> {
    const { opened, keepDays } = this.#options;
    const { counts, captured, gap, unkept } = await opened.desk.recount();
    return { counts, captured, gap, unkept, keepDays };
  }

  async hours(part: LedgerPart): Promise<readonly LedgerHour[]> {
    return this.#options.opened.desk.hours(scopeOf(part));
  }

  async *rows(part: LedgerPart & { readonly ids?: readonly string[] }, signal: AbortSignal): AsyncIterable<LedgerRow> {
    const { ids } = part;
    if (!ids) return yield* this.#pages(part, undefined, signal);
    for (let at = 0; at < ids.length; at += IDS_AT_ONCE)
      yield* this.#pages(part, ids.slice(at, at + IDS_AT_ONCE), signal);
  }

  async settle(found: readonly FoundStored[]): Promise<void> {
    const settlements = found.map(({ id, sha256 }) => ({ id, sha256, state: 'stored' as const }));
    for (let at = 0; at < settlements.length; at += IDS_AT_ONCE)
      await this.#options.opened.desk.settle(settlements.slice(at, at + IDS_AT_ONCE));
  }

  async close(): Promise<void> {
    await this.#options.opened.close();
  }

  async *#pages(part: LedgerPart, ids: readonly string[] | undefined, signal: AbortSignal): AsyncIterable<LedgerRow> {
    let after: number | undefined = 0;
    while (after !== undefined) {
      signal.throwIfAborted();
      const page: Awaited<ReturnType<OpenedDesk['desk']['entries']>> = await this.#options.opened.desk.entries({
        ...scopeOf(part),
        ...(ids ? { ids } : {}),
        after,
        limit: PAGE_ROWS,
      });
      yield* page.entries;
      after = page.next;
    }
  }
}

function scopeOf({ device, camera, from, to }: LedgerPart): LedgerScope {
  return {
    ...(device === undefined ? {} : { device }),
    ...(camera === undefined ? {} : { camera }),
    ...(from === undefined ? {} : { fromHour: from }),
    ...(to === undefined ? {} : { toHour: to }),
  };
}
