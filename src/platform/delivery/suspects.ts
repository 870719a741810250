import type { Clock } from './clock.ts';

/** Failures, with others answered in between, that make a capture suspect. */
const STRIKES = 3;
/** Ids that are remembered: only their order suffers where there are more. */
const MAX_RECORDS = 4_096;
const WAIT_FIRST_MS = 60_000;
const WAIT_MAX_MS = 3_600_000;

/** Why a send failed: the connection was cut while it was under way, no receipt came in time, or the broker said no. */
export type Failure = 'cut' | 'late' | 'refused';

/** A capture that fails while others don't. */
export interface Suspect {
  readonly id: string;
  readonly why: Failure;
  /** Sends that failed. */
  readonly failures: number;
  /** Of these, how many when it was sent alone. */
  readonly loneFailures: number;
  /** Until it may go again, alone. */
  readonly waitMs: number;
}

interface Record {
  why: Failure;
  failures: number;
  loneFailures: number;
  /** Failures with another's receipt in between. */
  strikes: number;
  /** How many receipts had come at the last strike. */
  receiptsAtStrike: number;
  /** When it may go again though others wait. */
  dueAtMs: number;
  /** Is it its turn, after those that failed less often? */
  mayGo: boolean;
}

/**
 * What failed goes behind what did not, or a capture that nobody can take would be the first of every connection and stop all others.
 * One that failed three times, others being answered in between, is suspect: it goes alone, and when it fails even so, after a wait of
 * its own that doubles up to an hour. It is never given up here: what a broker takes today is not what it takes tomorrow.
 */
export class Suspects {
  readonly #clock: Pick<Clock, 'nowMs'>;
  readonly #random: () => number;
  readonly #records = new Map<string, Record>();
  /** Those that their keeper offered before their turn, and counts as under way. */
  readonly #aside = new Map<string, Record>();
  #receipts = 0;

  constructor(clock: Pick<Clock, 'nowMs'>, random: () => number = Math.random) {
    this.#clock = clock;
    this.#random = random;
  }

  /** A send failed. Returns the suspect when it had gone alone. */
  failed(id: string, why: Failure, wasAlone: boolean): Suspect | undefined {
    const record = this.#records.get(id) ?? this.#add(id);
    record.why = why;
    record.failures += 1;
    if (this.#receipts > record.receiptsAtStrike) record.strikes += 1;
    record.receiptsAtStrike = this.#receipts;
    if (wasAlone) record.loneFailures += 1;
    record.mayGo = false;
    const boundMs = Math.min(WAIT_MAX_MS, WAIT_FIRST_MS * 2 ** Math.max(0, Math.min(30, record.loneFailures - 1)));
    record.dueAtMs = this.#clock.nowMs() + boundMs * (0.5 + 0.5 * this.#random());
    return wasAlone ? this.#describe(id, record) : undefined;
  }

  /** A receipt came for this one: it is forgotten, and all others see that somebody is answered. */
  receipted(id: string): void {
    this.#receipts += 1;
    this.forget(id);
  }

  /** It is no longer to be sent. */
  forget(id: string): void {
    this.#records.delete(id);
    this.#aside.delete(id);
  }

  /**
   * Whether a capture that its keeper offers may go now. One that may not is remembered, and named again by `takeAgain` when it may.
   * While nobody answers, waiting is no merit: only what failed least often may be the probe.
   */
  admit(id: string, isSilent: boolean): 'with others' | 'alone' | 'not yet' {
    const record = this.#records.get(id);
    if (!record) return 'with others';
    if (!record.mayGo && (isSilent || this.#clock.nowMs() < record.dueAtMs)) {
      this.#aside.set(id, record);
      return 'not yet';
    }
    record.mayGo = true;
    return record.strikes >= STRIKES ? 'alone' : 'with others';
  }

  /**
   * Takes what was put aside and may go now: what has waited long enough, and where the keeper has nothing else to offer, what failed
   * least often; never one that failed alone before its wait is over.
   */
  takeAgain({ isSilent, isNothingElse }: { isSilent: boolean; isNothingElse: boolean }): string[] {
    if (this.#aside.size === 0) return [];
    const nowMs = this.#clock.nowMs();
    const isTheirTurn = isNothingElse || this.#records.size >= MAX_RECORDS;
    let fewest = Number.POSITIVE_INFINITY;
    for (const { loneFailures, failures } of this.#aside.values()) {
      if (isTheirTurn && loneFailures === 0) fewest = Math.min(fewest, failures);
    }
    const again: string[] = [];
    for (const [id, record] of this.#aside) {
      const isDue = nowMs >= record.dueAtMs && (!isSilent || (isTheirTurn && fewest === Number.POSITIVE_INFINITY));
      const isNext = record.loneFailures === 0 && record.failures === fewest;
      if (!isDue && !isNext) continue;
      record.mayGo = true;
      again.push(id);
    }
    for (const id of again) this.#aside.delete(id);
    return again;
  }

  /** These failed alone, and somebody wants them tried at once. Returns those that their keeper must offer again, and how many there were. */
  pardon(ids: readonly string[]): { readonly parked: number; readonly aside: readonly string[] } {
    const parked = ids.filter((id) => (this.#records.get(id)?.loneFailures ?? 0) > 0);
    const aside = parked.filter((id) => this.#aside.has(id));
    for (const id of parked) this.forget(id);
    return { parked: parked.length, aside };
  }

  /** Takes all that was put aside: its keeper begins anew, and so does the order. Whose turn it was, it may be no longer. */
  takeAside(): string[] {
    const aside = [...this.#aside.keys()];
    this.#aside.clear();
    for (const record of this.#records.values()) record.mayGo = false;
    return aside;
  }

  /** Those that failed even alone. */
  get parked(): readonly Suspect[] {
    return [...this.#records]
      .filter(([, { loneFailures }]) => loneFailures > 0)
      .map(([id, record]) => this.#describe(id, record));
  }

  /** Milliseconds until something that was put aside may go; Infinity when nothing was. */
  get nextChangeMs(): number {
    let dueAtMs = Number.POSITIVE_INFINITY;
    for (const record of this.#aside.values()) dueAtMs = Math.min(dueAtMs, record.dueAtMs);
    return Math.max(0, dueAtMs - this.#clock.nowMs());
  }

  #describe(id: string, { why, failures, loneFailures, dueAtMs }: Record): Suspect {
    return { id, why, failures, loneFailures, waitMs: Math.max(0, dueAtMs - this.#clock.nowMs()) };
  }

  #add(id: string): Record {
    if (this.#records.size >= MAX_RECORDS) this.#forgetLeast();
    const record: Record = {
      why: 'late',
      failures: 0,
      loneFailures: 0,
      strikes: 0,
      receiptsAtStrike: -1,
      dueAtMs: 0,
      mayGo: false,
    };
    this.#records.set(id, record);
    return record;
  }

  /** The oldest of those with the fewest failures; not what was put aside, which its keeper would never offer again. */
  #forgetLeast(): void {
    let least: [string, Record] | undefined;
    for (const entry of this.#records) {
      if (!this.#aside.has(entry[0]) && (!least || entry[1].failures < least[1].failures)) least = entry;
    }
    if (least) this.#records.delete(least[0]);
  }
}
