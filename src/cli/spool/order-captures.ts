import type { SpoolDesk } from '../../platform/desk/spool-desk.ts';
import type { LedgerEntry } from '../../platform/spool/protocol.ts';
import { type Selection, select } from './selection.ts';

const IDS_AT_ONCE = 500;

/** Does an order with all captures of a selection, some hundreds at a time. Resolves with how many it changed. */
export async function orderCaptures(desk: SpoolDesk, selection: Selection, order: 'retry' | 'drop'): Promise<number> {
  // All are known before the first is touched: an order changes what the next page would show.
  const ids: string[] = [];
  for await (const entry of select(desk, selection)) if (canBe(order, entry)) ids.push(entry.id);
  let changed = 0;
  for (let at = 0; at < ids.length; at += IDS_AT_ONCE) changed += await desk[order](ids.slice(at, at + IDS_AT_ONCE));
  return changed;
}

/** What an order would touch. */
export async function countCaptures(
  desk: SpoolDesk,
  selection: Selection,
  order: 'drop',
): Promise<{ captures: number; bytes: number }> {
  let [captures, bytes] = [0, 0];
  for await (const entry of select(desk, selection)) {
    if (!canBe(order, entry)) continue;
    captures += 1;
    bytes += entry.hasBody ? entry.bytes : 0;
  }
  return { captures, bytes };
}

function canBe(order: 'retry' | 'drop', { state, hasBody }: LedgerEntry): boolean {
  if (order === 'retry') return hasBody && (state === 'refused' || state === 'pending');
  return state === 'pending' || state === 'refused';
}
