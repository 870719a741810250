import type { LedgerHour, LedgerRow } from '../../contract/ledger.ts';
import type { Finding, HourTotals } from './finding.ts';
import { hourOf } from './stored-key.ts';

const STATES = ['pending', 'stored', 'refused', 'evicted', 'released'] as const;

interface Hour extends HourTotals {
  /** What rows were folded into. */
  readonly folded: LedgerHour['folded'];
  /** In the store, and without a row. */
  strays: number;
}

/** Counts of each camera's hour, from the ledger and from the store. */
export class HourTable {
  readonly #hours = new Map<string, Hour>();
  readonly reasons = new Map<string, number>();

  /** @param hours Those that are compared. */
  constructor(hours: readonly LedgerHour[]) {
    for (const { device, camera, hour, folded } of hours) {
      const at = this.#at(device, camera, hour, folded);
      for (const state of STATES) at[state] += folded[state] ?? 0;
      at.captured += sum(folded);
    }
  }

  addRow({ device, camera, id, state, reason }: LedgerRow): void {
    const at = this.#at(device, camera, hourOf(id));
    at.captured += 1;
    if (state !== 'held') at[state] += 1;
    if (reason === null || state === 'pending') return;
    const key = `${state} (${reason})`;
    this.reasons.set(key, (this.reasons.get(key) ?? 0) + 1);
  }

  addObject(device: string, camera: string, hour: string): void {
    this.#at(device, camera, hour).objects += 1;
  }

  addStray(device: string, camera: string, hour: string): void {
    this.#at(device, camera, hour).strays += 1;
  }

  /** May an object without a row in this hour be one whose row was folded? */
  isFolded(device: string, camera: string, hour: string): boolean {
    return sum(this.#at(device, camera, hour).folded) > 0;
  }

  /** Folded hours have no ids any more: as many objects without a row as were stored, or a few that were in doubt. */
  *differences(): Iterable<Finding> {
    for (const { device, camera, hour, folded, strays } of this.#hours.values()) {
      const { stored = 0, evicted = 0, refused = 0, released = 0 } = folded;
      if (strays >= stored && strays <= stored + evicted + refused + released) continue;
      yield {
        finding: 'count',
        device,
        camera,
        hour,
        detail: `of captures that the ledger has only counts of, ${stored} are stored by the ledger; the store has ${strays}`,
      };
    }
  }

  totals(): HourTotals[] {
    const order = ({ device, camera, hour }: HourTotals) => `${device}/${camera}/${hour}`;
    return [...this.#hours.values()]
      .filter(({ captured, objects }) => captured + objects > 0)
      .sort((a, b) => (order(a) < order(b) ? -1 : 1))
      .map(({ folded: _, strays: __, ...totals }) => totals);
  }

  #at(device: string, camera: string, hour: string, folded: LedgerHour['folded'] = {}): Hour {
    const key = `${device}/${camera}/${hour}`;
    const known = this.#hours.get(key);
    if (known) return known;
    const none = { captured: 0, pending: 0, stored: 0, refused: 0, evicted: 0, released: 0, objects: 0 };
    const made: Hour = { device, camera, hour, ...none, folded, strays: 0 };
    this.#hours.set(key, made);
    return made;
  }
}

export function sum(counts: LedgerHour['folded']): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}
