import type { AsideCounts, AsideMemory, AsideRow } from './aside-rows.ts';
import type { Extent } from './blocks.ts';
import type {
  CaptureFacts,
  EntryPage,
  EntryQuery,
  HourCounts,
  LedgerScope,
  PendingQuery,
  PutResult,
  Settlement,
  SpooledCapture,
  SpoolStatus,
} from './protocol.ts';

/** What the spool's thread and the service's say to each other. Bodies never cross: they are written where they arrive. */

/** Where a body lies. */
export interface Place {
  readonly extents: readonly Extent[];
  /** Bytes before the body. */
  readonly headBytes: number;
}

/** A change; several make one transaction. */
export type SpoolChange =
  /** Without a place the capture gets its tombstone at once: it is worth less than all that is there. */
  | { readonly type: 'put'; readonly facts: CaptureFacts; readonly place: Place | undefined }
  | { readonly type: 'settle'; readonly settlement: Settlement }
  | { readonly type: 'sent'; readonly ids: readonly string[] }
  | { readonly type: 'retry'; readonly ids: readonly string[] }
  | { readonly type: 'drop'; readonly ids: readonly string[] };

/** One for each change, in order: of a put; whether a settlement changed anything; how many were retried or dropped. */
export type ChangeResult = PutResult | boolean | number | null;

export interface Committed {
  readonly results: readonly ChangeResult[];
  /** No row needs these blocks any longer. */
  readonly freed: readonly Extent[];
  readonly status: IndexStatus;
}

/** What the index knows of a SpoolStatus. */
export type IndexStatus = Omit<SpoolStatus, 'usedBytes' | 'isDiskFull'>;

/** A newcomer that needs room in a full spool. */
export interface Newcomer {
  readonly facts: CaptureFacts;
  readonly blocks: number;
}

export interface RoomMade {
  /** For each newcomer: it fits now; it needs no room since it is known; it is worth less than all that is there; nothing could make room. */
  readonly verdicts: readonly ('fits' | 'known' | 'least' | 'none')[];
  readonly freed: readonly Extent[];
}

export interface PendingRow extends Omit<SpooledCapture, 'body'> {
  readonly bytes: number;
  readonly place: Place;
}

/** A capture taken over from an older index, or found without one. */
export type Adoption = Omit<AsideRow, 'body'>;

export interface Opened {
  readonly status: IndexStatus;
  /** Of all bodies: first block and count, in turn. */
  readonly extents: Uint32Array;
  /** An older index, or bodies without one, are to be taken over. */
  readonly isSalvaging: boolean;
}

/** What the thread says without being asked. */
export type SpoolEvent =
  /** The index turned out to be unreadable; a new one has begun, and everything is to be taken over. */
  | { readonly event: 'reopened'; readonly opened: Opened }
  /** The files are not those any more that were opened. */
  | { readonly event: 'lost'; readonly reason: string };

export interface SpoolRequests {
  commit: { readonly changes: readonly SpoolChange[] };
  makeRoom: { readonly newcomers: readonly Newcomer[]; readonly freeBlocks: number };
  pending: { readonly query: PendingQuery };
  entries: { readonly query: EntryQuery };
  hours: { readonly scope: LedgerScope };
  place: { readonly id: string };
  devices: object;
  recount: object;
  adopt: {
    readonly adoptions: readonly Adoption[];
    readonly counts: readonly (AsideCounts & { readonly from: string })[];
    /** What else an older index knew: ids of folded rows, runs, and how many captures never came in runs that are forgotten. */
    readonly memory?: AsideMemory & { readonly from: string };
  };
  /** All is taken over. */
  salvaged: object;
  fold: object;
  close: object;
}

export interface SpoolResponses {
  commit: Committed;
  makeRoom: RoomMade;
  pending: readonly PendingRow[];
  entries: EntryPage;
  hours: readonly HourCounts[];
  place: PendingRow | undefined;
  devices: readonly string[];
  recount: IndexStatus;
  adopt: IndexStatus;
  /** First block and count of every body, in turn. */
  salvaged: { readonly status: IndexStatus; readonly extents: Uint32Array };
  fold: Committed;
  close: null;
}

export type RequestType = keyof SpoolRequests;
