/**
 * What is wrong with the links of one service to one broker. When the broker goes, all of them say the same: the first tells it, and
 * a link that has a fault of its own still does.
 */
export class LinkFaults {
  readonly #faults = new Map<object, string>();
  readonly #warnedAtMs = new Map<string, number>();

  /** Notes what is wrong with a link. Is it news: does no link have this fault already? */
  note(link: object, fault: string): boolean {
    const isNews = ![...this.#faults.values()].includes(fault);
    this.#faults.set(link, fault);
    return isNews;
  }

  /** The link stands. */
  clear(link: object): void {
    this.#faults.delete(link);
  }

  /** Is a warning due, that is told once in a while: has none of the links told it for so long? */
  isDue(warning: string, nowMs: number, everyMs: number): boolean {
    const lastMs = this.#warnedAtMs.get(warning);
    if (lastMs !== undefined && nowMs - lastMs < everyMs) return false;
    this.#warnedAtMs.set(warning, nowMs);
    return true;
  }

  /** What was noted last of a link that does not stand. */
  of(link: object): string | undefined {
    return this.#faults.get(link);
  }
}
