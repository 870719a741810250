import type { SpoolDesk } from '../../platform/desk/spool-desk.ts';
import type { LedgerEntry } from '../../platform/spool/protocol.ts';
import type { CommandIo } from '../command.ts';
import { type Selection, select } from './selection.ts';

/** One line for each capture; the rest beyond the limit is told. */
export async function listCaptures(
  desk: SpoolDesk,
  selection: Selection,
  { limit, isJson, io }: { readonly limit: number; readonly isJson: boolean; readonly io: CommandIo },
): Promise<void> {
  let shown = 0;
  for await (const entry of select(desk, selection)) {
    if (shown === limit) {
      io.stderr(`… and more: --limit N shows them, --limit 0 all\n`);
      return;
    }
    io.stdout(isJson ? `${JSON.stringify(toJson(entry))}\n` : describe(entry));
    shown += 1;
  }
  if (shown === 0) io.stderr('no such captures\n');
}

function describe({
  id,
  device,
  camera,
  state,
  reason,
  bytes,
  quality,
  sends,
  arrivedAtMs,
  hasBody,
}: LedgerEntry): string {
  const how = reason === null ? state : `${state} (${reason})`;
  const where = `${device}/${camera}`;
  return `${id}  ${how.padEnd(20)}  ${where}  ${bytes} bytes  quality ${quality.toFixed(2)}  sent ${sends}×  since ${new Date(arrivedAtMs).toISOString()}${hasBody || state === 'stored' ? '' : '  bytes gone'}\n`;
}

function toJson({ arrivedAtMs, settledAtMs, ...entry }: LedgerEntry) {
  return {
    ...entry,
    arrivedAt: new Date(arrivedAtMs).toISOString(),
    settledAt: settledAtMs === null ? null : new Date(settledAtMs).toISOString(),
  };
}
