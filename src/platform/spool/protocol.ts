/** What a spool is told and says: its public vocabulary. */

/** How a capture's custody stands in a spool. `held` is for a detector's outbox on disk: the forwarder has it. */
export const SPOOL_STATES = ['pending', 'held', 'stored', 'refused', 'evicted', 'released'] as const;
export type SpoolState = (typeof SPOOL_STATES)[number];

/** Why a capture is refused whose bytes the disk did not give back: nothing is wrong with what was sent, and it heals when it comes again. */
export const LOST_ON_DISK = 'lost-on-disk';

/** What is known of a capture beside its bytes; it stands before the body on disk too. */
export interface CaptureFacts {
  readonly id: string;
  readonly device: string;
  readonly camera: string;
  /** Where it came from and goes to; stored, and never derived again. */
  readonly topic: string;
  readonly sha256: string;
  readonly bytes: number;
  /** What it is worth when the spool is full, 0–1. */
  readonly quality: number;
  /** Bare images have no id of their own: within a day the same hash is the same image. */
  readonly isBare: boolean;
  /** Refused before it was ever pending: kept in quarantine with this reason. */
  readonly refusedFor?: string;
  /** One life of the detector, and the capture's number in it: gaps show what died in its memory. */
  readonly run?: string;
  readonly runSeq?: number;
}

/** A capture to be kept. The body is not copied and must not change until it is settled. */
export interface SpoolCapture extends Omit<CaptureFacts, 'bytes'> {
  readonly body: Buffer;
}

export type PutResult =
  /** It is kept (or, worth less than all that is there in a full spool, it has its tombstone). */
  | { readonly outcome: 'kept'; readonly state: SpoolState; readonly reason: string | null; readonly seq: number }
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

/** A pending capture read back. */
export interface SpooledCapture {
  /** Order of arrival. */
  readonly seq: number;
  readonly id: string;
  readonly device: string;
  readonly topic: string;
  readonly sha256: string;
  readonly sends: number;
  readonly body: Buffer;
}

/** Which pending captures to read: a stretch of the order of arrival, or these. */
export type PendingQuery =
  | { readonly after: number; readonly upTo: number; readonly maxCaptures: number; readonly maxBytes: number }
  | { readonly ids: readonly string[] };

export type StateCounts = Readonly<Record<SpoolState, number>>;

export interface SpoolStatus {
  readonly counts: StateCounts;
  /** How many were ever kept here, counted apart from the rows. */
  readonly captured: number;
  /** Captured less what the rows account for: 0 when the books balance. `unknown` while a damaged spool is being salvaged. */
  readonly gap: number | 'unknown';
  /** Captures that a detector numbered and that never came: what died in its memory. */
  readonly unkept: number;
  /** Of pending captures. */
  readonly pendingBytes: number;
  readonly quarantineBytes: number;
  /** Bytes of disk that bodies occupy, in whole blocks. */
  readonly usedBytes: number;
  /** Milliseconds since 1970 when the oldest pending capture arrived; null when there is none. */
  readonly oldestArrivedAtMs: number | null;
  readonly lastSeq: number;
  /** The disk has less than minFreeBytes left, or said that it is full: the spool does not grow. */
  readonly isDiskFull: boolean;
}

/** One row of the ledger. */
export interface LedgerEntry {
  readonly seq: number;
  readonly id: string;
  readonly device: string;
  readonly camera: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly quality: number;
  readonly state: SpoolState;
  readonly reason: string | null;
  readonly sends: number;
  readonly hasBody: boolean;
  readonly arrivedAtMs: number;
  readonly settledAtMs: number | null;
}

/** Part of a ledger; hours are those of the ids, `YYYY-MM-DDTHH`, inclusive. */
export interface LedgerScope {
  readonly device?: string;
  readonly camera?: string;
  readonly fromHour?: string;
  readonly toHour?: string;
}

export interface EntryQuery extends LedgerScope {
  readonly ids?: readonly string[];
  readonly states?: readonly SpoolState[];
  /** Exclusive. */
  readonly after?: number;
  readonly limit: number;
}

export interface EntryPage {
  readonly entries: readonly LedgerEntry[];
  /** Where the next page begins; undefined when this was the last. */
  readonly next: number | undefined;
}

/** One camera's hour. */
export interface HourCounts {
  readonly device: string;
  readonly camera: string;
  readonly hour: string;
  readonly captured: number;
  /** By state, from rows that are still there. */
  readonly rows: StateCounts;
  /** By state, of rows that were folded into counts. */
  readonly folded: StateCounts;
}

export interface SpoolSettings {
  readonly folder: string;
  readonly maxBytes: number;
  readonly minFreeBytes: number;
  readonly quarantineMaxBytes: number;
  readonly keepDays: number;
  /** Cameras whose captures leave nothing behind once they are settled: test images. */
  readonly passingCameras?: readonly string[];
}
