import type { LedgerHour } from '../../contract/ledger.ts';

const DAY_MS = 86_400_000;

export interface AuditScopeOptions {
  readonly hours: readonly LedgerHour[];
  /** `YYYY-MM-DDTHH`, both included. */
  readonly from: string | undefined;
  readonly to: string | undefined;
  /** How long rows stay after they were settled: what is older may be known by counts alone. */
  readonly keepDays: number;
  readonly now: number;
}

/**
 * Which hours are compared. Without a beginning: those since which every capture has its row, and older ones that still have rows. What
 * is older may have been deleted from the store on purpose, so it is compared (by count) only when it is asked for.
 */
export class AuditScope {
  readonly #from: string;
  readonly #to: string | undefined;
  readonly #isAsked: boolean;
  readonly #withRows = new Set<string>();
  readonly #daysWithRows = new Set<string>();

  constructor({ hours, from, to, keepDays, now }: AuditScopeOptions) {
    this.#isAsked = from !== undefined;
    this.#from = from ?? new Date(now - keepDays * DAY_MS).toISOString().slice(0, 13);
    this.#to = to;
    for (const { device, camera, hour, rows } of hours) {
      if (!Object.values(rows).some((count) => count > 0)) continue;
      this.#withRows.add(`${device}/${camera}/${hour}`);
      this.#daysWithRows.add(dayOf(hour));
    }
  }

  /** For people. */
  get words(): string {
    const older = this.#isAsked ? '' : ' (and older hours that have rows)';
    return `${this.#from}${older} to ${this.#to ?? 'now'}, UTC`;
  }

  includes(device: string, camera: string, hour: string): boolean {
    if (this.#to !== undefined && hour > this.#to) return false;
    if (hour >= this.#from) return true;
    return !this.#isAsked && this.#withRows.has(`${device}/${camera}/${hour}`);
  }

  /** May something of this day be among them? */
  includesDay(day: string): boolean {
    if (this.#to !== undefined && day > dayOf(this.#to)) return false;
    return day >= dayOf(this.#from) || (!this.#isAsked && this.#daysWithRows.has(day));
  }
}

export function dayOf(hour: string): string {
  return hour.split('T')[0] ?? '';
}
