import type { Extent } from './blocks.ts';
import type { LedgerEntry } from './protocol.ts';
import type { PendingRow } from './thread-protocol.ts';

/** A row as SQLite gives it. */
export type Row = Record<string, unknown>;

const BYTES_PER_EXTENT = 8;

/** Extents as a row keeps them: first block and count as u32, little endian. */
export function encodeExtents(extents: readonly Extent[]): Buffer {
  const bytes = Buffer.allocUnsafe(extents.length * BYTES_PER_EXTENT);
  for (const [index, [first, count]] of extents.entries()) {
    bytes.writeUInt32LE(first, index * BYTES_PER_EXTENT);
    bytes.writeUInt32LE(count, index * BYTES_PER_EXTENT + 4);
  }
  return bytes;
}

/** Of a row without a body: none. */
export function decodeExtents(column: unknown): Extent[] {
  if (!(column instanceof Uint8Array)) return [];
  const bytes = Buffer.from(column.buffer, column.byteOffset, column.byteLength);
  const extents: Extent[] = [];
  for (let at = 0; at + BYTES_PER_EXTENT <= bytes.length; at += BYTES_PER_EXTENT) {
    extents.push([bytes.readUInt32LE(at), bytes.readUInt32LE(at + 4)]);
  }
  return extents;
}

/** The hour that an id was minted in, `YYYY-MM-DDTHH`: the same that the store's keys carry (RFC 9562 §5.7). */
export function hourOf(id: string): string {
  const ms = Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
  return new Date(Number.isNaN(ms) ? 0 : ms).toISOString().replace(/:.*/, '');
}

export function toPendingRow({ extents, head_bytes, ...rest }: Row): PendingRow {
  return {
    ...(rest as unknown as Omit<PendingRow, 'place'>),
    place: { extents: decodeExtents(extents), headBytes: Number(head_bytes) },
  };
}

export function toLedgerEntry(row: Row): LedgerEntry {
  const { seq, id, device, camera, sha256, bytes, quality, state, reason, sends } = row as unknown as LedgerEntry;
  return {
    ...{ seq, id, device, camera, sha256, bytes, quality, state, reason, sends },
    hasBody: row.extents !== null,
    arrivedAtMs: Number(row.arrived_at),
    settledAtMs: row.settled_at === null ? null : Number(row.settled_at),
  };
}
