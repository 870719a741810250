/** What the spool's thread and the service say to each other. */

/** How a capture's custody stands in a spool. */
export type SpoolState = 'pending' | 'stored' | 'refused' | 'evicted' | 'released';

/** A capture to be kept. */
export interface SpoolCapture {
  readonly id: string;
  readonly device: string;
  readonly camera: string;
  /** Where it came from and goes to; stored, and never derived again. */
  readonly topic: string;
  readonly sha256: string;
  /** What it is worth when the spool is full, 0–1. */
  readonly quality: number;
  readonly body: Uint8Array<ArrayBuffer>;
  /** Bare images have no id of their own: within a day the same hash is the same image. */
  readonly isBare: boolean;
  /** Refused before it was ever pending: kept in quarantine with this reason. */
  readonly refusedFor?: string;
}

export type PutResult =
  /** It is kept (or, worth less than all that is there in a full spool, it has its tombstone). */
  | { readonly outcome: 'kept'; readonly state: SpoolState; readonly reason: string | null }
  /** It was known by its id, or a bare image by its hash. */
  | { readonly outcome: 'known'; readonly state: SpoolState; readonly reason: string | null }
  /** The id is known with other bytes, which stay untouched. */
  | { readonly outcome: 'conflict' };

/** What ended a capture's custody here. */
export interface Settlement {
  readonly id: string;
  readonly sha256: string;
  readonly state: Exclude<SpoolState, 'pending'>;
  readonly reason?: string;
}

/** A change; several make one transaction. */
export type SpoolChange =
  | { readonly type: 'put'; readonly capture: SpoolCapture }
  | { readonly type: 'settle'; readonly settlement: Settlement }
  | { readonly type: 'sent'; readonly ids: readonly string[] };

/** A pending capture read back. */
export interface SpooledCapture {
  /** Order of arrival. */
  readonly seq: number;
  readonly id: string;
  readonly device: string;
  readonly topic: string;
  readonly sha256: string;
  readonly sends: number;
  readonly body: Uint8Array<ArrayBuffer>;
}

export interface SpoolCounts {
  readonly pending: number;
  readonly stored: number;
  readonly refused: number;
  readonly evicted: number;
  readonly released: number;
}

export interface SpoolStatus {
  readonly counts: SpoolCounts;
  /** Of pending captures. */
  readonly pendingBytes: number;
  /** Milliseconds since 1970 when the oldest pending capture arrived; null when there is none. */
  readonly oldestArrivedAtMs: number | null;
  readonly lastSeq: number;
}

/** Which pending captures to read: a stretch of the order of arrival, or these. */
export type ReadQuery =
  | { readonly after: number; readonly upTo: number; readonly maxCaptures: number; readonly maxBytes: number }
  | { readonly ids: readonly string[] };

export interface SpoolSettings {
  readonly folder: string;
  readonly maxBytes: number;
  readonly minFreeBytes: number;
  readonly quarantineMaxBytes: number;
  readonly keepDays: number;
}

export type SpoolRequest =
  | { readonly type: 'commit'; readonly changes: readonly SpoolChange[] }
  | { readonly type: 'read'; readonly query: ReadQuery }
  | { readonly type: 'devices' }
  | { readonly type: 'close' };

export interface SpoolResponses {
  /** One result for each put and settle, in order; null for the rest. A settlement's says whether it changed anything. */
  commit: { readonly results: readonly (PutResult | boolean | null)[]; readonly status: SpoolStatus };
  read: readonly SpooledCapture[];
  /** Devices of which something is pending. */
  devices: readonly string[];
  close: null;
}
