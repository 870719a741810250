const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/** A calendar day; month from 1. */
export interface Day {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

/** What the clock on the wall shows in one time zone, and when it shows it. Changes of the clock are those of the zone's own rules. */
export class WallClock {
  readonly #format: Intl.DateTimeFormat;

  /** @param timeZone IANA name; the machine's own (TZ) where none is given. */
  constructor(timeZone?: string) {
    this.#format = new Intl.DateTimeFormat('en-GB', {
      timeZone,
      calendar: 'gregory',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  }

  dayOf(atMs: number): Day {
    const shown = new Date(this.#shownAt(atMs));
    return { year: shown.getUTCFullYear(), month: shown.getUTCMonth() + 1, day: shown.getUTCDate() };
  }

  /**
   * The instants in ms since 1970 at which the clock shows this minute of this day (1440: the next day's midnight): two that differ
   * where it is put back over it, otherwise the same twice. Where it is put forward over the minute: the instant of that.
   */
  instants(day: Day, minute: number): { readonly first: number; readonly last: number } {
    const shown = Date.UTC(day.year, day.month - 1, day.day, 0, minute);
    // No zone is further from UTC than this, and none changes twice in that time.
    const before = shown - this.#offsetAt(shown - 24 * HOUR_MS);
    const after = shown - this.#offsetAt(shown + 24 * HOUR_MS);
    const hits = [before, after].filter((atMs) => this.#shownAt(atMs) === shown);
    if (hits.length > 0) return { first: Math.min(...hits), last: Math.max(...hits) };
    const change = this.#changeBetween(after, before);
    return { first: change, last: change };
  }

  /** The first full minute after `from` at which the clock runs as at `to`. */
  #changeBetween(from: number, to: number): number {
    const offset = this.#offsetAt(to);
    let [early, late] = [from, to];
    while (late - early > MINUTE_MS) {
      const middle = early + Math.floor((late - early) / 2 / MINUTE_MS) * MINUTE_MS;
      if (this.#offsetAt(middle) === offset) late = middle;
      else early = middle;
    }
    return late;
  }

  #offsetAt(atMs: number): number {
    return this.#shownAt(atMs) - Math.floor(atMs / 1000) * 1000;
  }

  /** What the clock shows, as if that were UTC; whole seconds. */
  #shownAt(atMs: number): number {
    const shown: Partial<Record<Intl.DateTimeFormatPartTypes, string>> = {};
    for (const { type, value } of this.#format.formatToParts(atMs)) shown[type] = value;
    const { year, month, day, hour, minute, second } = shown;
    return Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
  }
}
