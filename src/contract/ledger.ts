import { z } from 'zod';
import { isCaptureId } from './capture-id.ts';
import { isName } from './names.ts';
import { isSha256Hex } from './sha256.ts';

/** How a capture's custody stands. `held`: in a detector's outbox on disk, of what the forwarder has. */
export const LEDGER_STATES = ['pending', 'held', 'stored', 'refused', 'evicted', 'released'] as const;
export type LedgerState = (typeof LEDGER_STATES)[number];

/** An hour of ids (UTC), as the store's keys have it. Years beyond 9999 are what a clock gone mad makes. */
const HOUR = /^(?:\d{4}|\+\d{6})-\d\d-\d\dT\d\d$/;

export const captureIdSchema = z.string().refine(isCaptureId);
export const nameSchema = z.string().refine(isName);
export const hourSchema = z.string().regex(HOUR);
const count = z.int().min(0);
const counts = z.partialRecord(z.enum(LEDGER_STATES), count);

/** A row on the wire: a list, in this order; hundreds of them travel together. */
const rowSchema = z.tuple([
  count,
  captureIdSchema,
  nameSchema,
  nameSchema,
  z.string().refine(isSha256Hex),
  count,
  z.number().min(0).max(1),
  z.enum(LEDGER_STATES),
  z.string().max(40).nullable(),
  count,
  z.boolean(),
  z.number(),
  z.number().nullable(),
]);

/** One capture in a ledger. */
export interface LedgerRow {
  /** Order of arrival. */
  readonly seq: number;
  readonly id: string;
  readonly device: string;
  readonly camera: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly quality: number;
  readonly state: LedgerState;
  readonly reason: string | null;
  /** How often it was sent: one that was evicted or refused after that may be in the store all the same. */
  readonly sends: number;
  /** Its bytes are still there. */
  readonly hasBody: boolean;
  /** Milliseconds since 1970. */
  readonly arrivedAtMs: number;
  readonly settledAtMs: number | null;
}

/** In the order of a row on the wire. */
const COLUMNS = [
  ...(['seq', 'id', 'device', 'camera', 'sha256', 'bytes', 'quality', 'state', 'reason', 'sends', 'hasBody'] as const),
  ...(['arrivedAtMs', 'settledAtMs'] as const),
] satisfies readonly (keyof LedgerRow)[];

export const ledgerRowSchema = rowSchema.transform(
  (values) => Object.fromEntries(COLUMNS.map((column, index) => [column, values[index]])) as unknown as LedgerRow,
);

export function encodeLedgerRow(row: LedgerRow): z.input<typeof ledgerRowSchema> {
  return COLUMNS.map((column) => row[column]) as z.input<typeof ledgerRowSchema>;
}

/** One camera's hour in a ledger. */
export interface LedgerHour {
  readonly device: string;
  readonly camera: string;
  /** `YYYY-MM-DDTHH`, UTC, of the ids. */
  readonly hour: string;
  /** Ever kept, counted apart from the rows. */
  readonly captured: number;
  /** By state, of rows that are there; a state that is left out has none. */
  readonly rows: Partial<Record<LedgerState, number>>;
  /** By state, of rows that were folded into these counts. */
  readonly folded: Partial<Record<LedgerState, number>>;
}

export const ledgerHourSchema = z.object({
  device: nameSchema,
  camera: nameSchema,
  hour: hourSchema,
  captured: count,
  rows: counts,
  folded: counts,
});

/** How the whole ledger stands, as of its last transaction. */
export interface LedgerStatus {
  readonly counts: Partial<Record<LedgerState, number>>;
  readonly captured: number;
  /** Captured less what the rows account for; `unknown` while a damaged spool is being salvaged. */
  readonly gap: number | 'unknown';
  /** What died in detectors' memory: gaps in their numbering. */
  readonly unkept: number;
  /** How long a settled row stays before it is folded into its hour. */
  readonly keepDays: number;
}

export const ledgerStatusSchema = z.object({
  counts,
  captured: count,
  gap: z.union([z.int(), z.literal('unknown')]),
  unkept: count,
  keepDays: z.number().min(0),
});
