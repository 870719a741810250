import type { CaptureProperties } from '../../../contract/cloud-events.ts';
import type { Capture } from '../capture.ts';

/** How the custody of a capture stands. `held`: the forwarder has it. `released`: handed to a broker in the bare dialect. */
export type OutboxState = 'pending' | 'held' | 'refused' | 'evicted' | 'released';

/** What ends custody here, on somebody's word. */
export interface Ending {
  readonly id: string;
  readonly sha256: string;
  readonly state: 'held' | 'refused' | 'released';
  readonly reason?: string;
}

/** A pending capture. */
export interface KeptCapture {
  /** Order of arrival, from 1. */
  readonly seq: number;
  readonly id: string;
  readonly topic: string;
  readonly image: Buffer;
  readonly sha256: string;
  readonly sends: number;
  readonly properties: CaptureProperties | undefined;
}

/** A stretch of the order of arrival, or these. */
export type KeptQuery =
  | { readonly after: number; readonly upTo: number; readonly maxCaptures: number; readonly maxBytes: number }
  | { readonly ids: readonly string[] };

export interface KeeperStatus {
  readonly counts: Readonly<Record<OutboxState, number>>;
  /** Captured less what the counts account for: 0 when the books balance. */
  readonly gap: number | 'unknown';
  /** Of pending captures. */
  readonly bytes: number;
  /** Of its bound: on disk a capture takes whole blocks. */
  readonly usedBytes: number;
  /** Milliseconds since 1970 when the oldest pending capture came; null when there is none. */
  readonly oldestArrivedAtMs: number | null;
  /** Number of the newest capture. */
  readonly lastSeq: number;
  /** Too little disk is free to grow: one goes for each that comes. */
  readonly isDiskFull: boolean;
}

/** A capture that made room for others, or found none. */
export type ShedCapture = Pick<Capture, 'id' | 'quality'>;

/** Where an outbox keeps its captures: bounded, and when it is full the least worth goes: never sent before sent, the lowest quality, the oldest. */
export interface Keeper {
  readonly type: 'memory' | 'disk';
  /**
   * @param onChange captures came or went without this outbox's doing: an operator gave them up, or what could not be read at once was found
   * @throws SightlineError when it can't be used.
   */
  start(onChange: () => void): Promise<void>;
  stop(): Promise<void>;
  /** As of the last change. */
  readonly status: KeeperStatus;
  /**
   * Resolves once the capture is as safe as this keeper makes it, with what was shed as far as it is known by name; the counts tell how many.
   * @throws when the disk can't take it.
   */
  put(capture: Capture): Promise<readonly ShedCapture[]>;
  /** For each ending whether it changed anything: unknown ids, other bytes and what ended before stay as they are. @throws as put does. */
  end(endings: readonly Ending[]): Promise<readonly boolean[]>;
  /** It was handed to a broker: what was sent may have arrived, and is shed last. */
  markSent(id: string): void;
  /** In order of arrival. Perhaps fewer than asked for; none when there are no more. */
  pending(query: KeptQuery): Promise<readonly KeptCapture[]>;
}

export const NOTHING_KEPT: Readonly<Record<OutboxState, number>> = {
  pending: 0,
  held: 0,
  refused: 0,
  evicted: 0,
  released: 0,
};
