import type { LedgerHour, LedgerRow, LedgerStatus } from '../../contract/ledger.ts';

/** Which part of a ledger; hours `YYYY-MM-DDTHH`, both included. */
export interface LedgerPart {
  readonly device?: string;
  readonly camera?: string;
  readonly from?: string;
  readonly to?: string;
}

/** A capture that was found in the store with these bytes. */
export interface FoundStored {
  readonly device: string;
  readonly id: string;
  readonly sha256: string;
}

/** Where an audit reads the ledger: on the device, or over MQTT. All methods throw SightlineErrors. */
export interface LedgerSource {
  /** Where it is, for people. */
  readonly address: string;
  /** @param signal Ends what waits. */
  status(signal: AbortSignal): Promise<LedgerStatus>;
  hours(part: LedgerPart, signal: AbortSignal): Promise<readonly LedgerHour[]>;
  /** Rows in order of arrival, a page at a time; `ids`: these alone, whatever the number. */
  rows(part: LedgerPart & { readonly ids?: readonly string[] }, signal: AbortSignal): AsyncIterable<LedgerRow>;
  /** Tells the ledger's keeper what the store has. */
  settle(found: readonly FoundStored[], signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}
