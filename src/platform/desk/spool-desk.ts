import type { EntryPage, EntryQuery, HourCounts, LedgerScope, Settlement, SpoolStatus } from '../spool/protocol.ts';

export interface DeskStatus extends SpoolStatus {
  /** What else the service knows: who it is, what it has set aside. Shown as it is. */
  readonly service?: Readonly<Record<string, unknown>>;
}

/** What an operator can ask of a spool, and do with it; of one that a running service holds as of one that nobody has open. */
export interface SpoolDesk {
  status(): Promise<DeskStatus>;
  /** Counts all rows anew: what the status says is then not only summed up. */
  recount(): Promise<DeskStatus>;
  entries(query: EntryQuery): Promise<EntryPage>;
  hours(scope: LedgerScope): Promise<readonly HourCounts[]>;
  /** Undefined when there is no such capture, or its bytes are gone. */
  body(id: string): Promise<Buffer | undefined>;
  /** Sends what was refused or set aside again. Resolves with how many. */
  retry(ids: readonly string[]): Promise<number>;
  /** Ends the custody of what is pending or refused, its bytes with it. Resolves with how many. */
  drop(ids: readonly string[]): Promise<number>;
  settle(settlements: readonly Settlement[]): Promise<readonly boolean[]>;
}
