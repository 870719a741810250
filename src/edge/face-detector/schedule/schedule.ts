import { type HoursConfig, WEEKDAYS } from '../../../platform/config/camera.ts';
import { type Day, WallClock } from './wall-clock.ts';

/** A week and its repetition: a change that is not in them never comes. Two, because the clock may jump over a weekly hour. */
const HORIZON_DAYS = 15;

/** When a camera is looked at. */
export interface Schedule {
  isOpen(at: Date): boolean;
  /** When it opens or closes next; undefined: never. */
  nextChange(at: Date): Date | undefined;
}

/** From `from` on and before `until`, in ms since 1970, nothing changes. */
interface Stretch {
  readonly from: number;
  readonly until: number;
  readonly isOpen: boolean;
}

/**
 * @param rules hours of which each belongs to the day on which it begins; none: always open. Where the clock is put back they begin
 * with the first and end with the last of two equal times; where it is put forward over their beginning or end, then.
 * @param timeZone IANA name; the machine's own (TZ) where none is given.
 */
export function scheduleOf(rules: readonly HoursConfig[] | undefined, timeZone?: string): Schedule {
  if (!rules || rules.length === 0) return { isOpen: () => true, nextChange: () => undefined };
  const clock = new WallClock(timeZone);
  let known: Stretch | undefined;
  // Asked for each frame: the calendar is looked at only when the last answer no longer holds.
  const stretchAt = (at: Date): Stretch => {
    const atMs = at.getTime();
    if (!known || atMs < known.from || atMs >= known.until) known = findStretch(rules, clock, atMs);
    return known;
  };
  return {
    isOpen: (at) => stretchAt(at).isOpen,
    nextChange: (at) => {
      const { until } = stretchAt(at);
      return Number.isFinite(until) ? new Date(until) : undefined;
    },
  };
}

function findStretch(rules: readonly HoursConfig[], clock: WallClock, atMs: number): Stretch {
  const today = clock.dayOf(atMs);
  // What began yesterday may still be open.
  const days = Array.from({ length: HORIZON_DAYS + 2 }, (_, index) => addDays(today, index - 1));
  const hours = days.flatMap((day) => rules.flatMap((rule) => hoursOf(rule, day, clock))).sort((a, b) => a[0] - b[0]);
  let from = atMs;
  for (const [opens, closes] of joined(hours)) {
    if (closes <= atMs) from = closes;
    else if (opens > atMs) return { from: Math.min(from, atMs), until: opens, isOpen: false };
    else
      return { from: opens, until: isBeyond(closes, today, clock) ? Number.POSITIVE_INFINITY : closes, isOpen: true };
  }
  return { from: atMs, until: Number.POSITIVE_INFINITY, isOpen: false };
}

function isBeyond(closes: number, today: Day, clock: WallClock): boolean {
  return closes >= clock.instants(addDays(today, HORIZON_DAYS), 0).first;
}

/** The hours of one rule that begin on this day, if any. */
function hoursOf(rule: HoursConfig, day: Day, clock: WallClock): [opens: number, closes: number][] {
  const weekday = WEEKDAYS[(new Date(Date.UTC(day.year, day.month - 1, day.day)).getUTCDay() + 6) % 7];
  if (!weekday || !rule.days.includes(weekday)) return [];
  const [from, to] = [minuteOf(rule.from), minuteOf(rule.to)];
  const opens = clock.instants(day, from).first;
  const closes = clock.instants(to < from ? addDays(day, 1) : day, to).last;
  return closes > opens ? [[opens, closes]] : [];
}

/** Hours that touch or overlap as one. */
function joined(sorted: readonly [number, number][]): [number, number][] {
  const result: [number, number][] = [];
  for (const [opens, closes] of sorted) {
    const last = result.at(-1);
    if (last && opens <= last[1]) last[1] = Math.max(last[1], closes);
    else result.push([opens, closes]);
  }
  return result;
}

function addDays({ year, month, day }: Day, days: number): Day {
  const date = new Date(Date.UTC(year, month - 1, day + days));
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
}

function minuteOf(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
}
