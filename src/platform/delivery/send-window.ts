import { Backoff } from '../backoff.ts';
import { RoundTripTimer } from './round-trip-timer.ts';
import { WriteRate } from './write-rate.ts';

const FIRST_WINDOW = 4;
const PROBE_FIRST_MS = 1_000;
const PROBE_MAX_MS = 300_000;
/** However slow the link seems, one capture is on its way while another is being written. */
const LEAST_BEING_WRITTEN = 2;
/** Captures that were late and may be answered yet; of the rest nothing is learned. */
const MAX_LATE = 1_024;

export interface SendWindowOptions {
  readonly maxCaptures: number;
  readonly maxBytes: number;
  /** Milliseconds of a clock that never goes back. */
  readonly now?: () => number;
  readonly random?: () => number;
}

interface Outstanding {
  readonly bytes: number;
  readonly sentAtMs: number;
  /** Sent for the first time: only then its receipt measures a round trip (RFC 6298 §3, Karn's algorithm). */
  readonly isFirst: boolean;
  acknowledgedAtMs?: number;
}

/**
 * How much may be under way: it counts captures sent and not yet receipted. It starts at 4, grows by one for each window of receipts until
 * these show a queue on the way, and halves when one is late. While the next keeper is silent, and after a cut, a single capture goes
 * first: without these rules a thousand devices that come back from an outage put hundreds of thousands of messages into the broker.
 */
export class SendWindow {
  readonly #options: Required<SendWindowOptions>;
  readonly #outstanding = new Map<string, Outstanding>();
  readonly #timer = new RoundTripTimer();
  readonly #rate = new WriteRate();
  readonly #probes: Backoff;
  /** When those were acknowledged that were late after their first send: a receipt still measures the way. */
  readonly #late = new Map<string, number>();
  #limit = FIRST_WINDOW;
  #bytes = 0;
  /** Of those under way, what the broker has not taken yet: kept up, since it is asked for at each send. */
  #written = { captures: 0, bytes: 0 };
  #lastReceiptAtMs = Number.NEGATIVE_INFINITY;
  #lastTimeoutAtMs = Number.NEGATIVE_INFINITY;
  /** How long was waited until the last timeout: it holds on for what was under way then, or one loss would double for each. */
  #formerTimeoutMs = Number.POSITIVE_INFINITY;
  #connectedAtMs = Number.NEGATIVE_INFINITY;
  #probeAtMs: number | undefined;

  constructor(options: SendWindowOptions) {
    this.#options = { now: () => performance.now(), random: Math.random, ...options };
    this.#probes = new Backoff({ firstMs: PROBE_FIRST_MS, maxMs: PROBE_MAX_MS, random: this.#options.random });
    this.#limit = Math.min(FIRST_WINDOW, options.maxCaptures);
  }

  /** Captures sent and not yet receipted. */
  get outstanding(): number {
    return this.#outstanding.size;
  }

  /** Captures that may be under way at the same time, as of now. */
  get limit(): number {
    return Math.floor(this.#limit);
  }

  /** True while the next keeper answers nothing: only probes go. */
  get isProbing(): boolean {
    return this.#probeAtMs !== undefined;
  }

  /** Probes sent since the last receipt. */
  get unansweredProbes(): number {
    return this.#probes.attempts;
  }

  /** Which of those under way the broker has not taken yet. */
  get unacknowledged(): string[] {
    return [...this.#outstanding]
      .filter(([, { acknowledgedAtMs }]) => acknowledgedAtMs === undefined)
      .map(([id]) => id);
  }

  /** May a capture of so many bytes go now? A single one always may, when nothing is outstanding. */
  canSend(bytes: number): boolean {
    if (this.#outstanding.size === 0) return this.#probeAtMs === undefined || this.#options.now() >= this.#probeAtMs;
    if (this.isProbing || this.#outstanding.size >= this.limit || this.#bytes + bytes > this.#options.maxBytes)
      return false;
    return this.#written.captures < LEAST_BEING_WRITTEN || !this.#rate.isEnough(this.#written.bytes);
  }

  sent(id: string, bytes: number, isFirst: boolean): void {
    this.#forget(id);
    this.#late.delete(id);
    this.#outstanding.set(id, { bytes, sentAtMs: this.#options.now(), isFirst });
    this.#bytes += bytes;
    this.#written.captures += 1;
    this.#written.bytes += bytes;
  }

  /** The broker has taken it: only now its receipt is waited for. */
  acknowledged(id: string): void {
    const capture = this.#outstanding.get(id);
    if (!capture || capture.acknowledgedAtMs !== undefined) return;
    capture.acknowledgedAtMs = this.#options.now();
    this.#leaveWritten(capture.bytes);
    this.#rate.acknowledged(capture.bytes, capture.sentAtMs, capture.acknowledgedAtMs);
  }

  /** A receipt came. Returns false when nothing of that id is under way. */
  receipted(id: string): boolean {
    const nowMs = this.#options.now();
    this.acknowledged(id);
    const capture = this.#outstanding.get(id);
    const measuredFromMs = capture?.isFirst ? capture.acknowledgedAtMs : this.#late.get(id);
    this.#lastReceiptAtMs = nowMs;
    this.#probeAtMs = undefined;
    this.#probes.reset();
    if (measuredFromMs !== undefined) this.#timer.measured(nowMs - measuredFromMs, nowMs);
    this.#late.delete(id);
    if (!capture) return false;
    if (!this.#timer.showsQueue) this.#limit = Math.min(this.#options.maxCaptures, this.#limit + 1 / this.#limit);
    this.#forget(id);
    return true;
  }

  /** No receipt is waited for any longer; nothing is learned from it. */
  withdraw(id: string): void {
    this.#late.delete(id);
    this.#forget(id);
  }

  /** Takes out what waited too long for its receipt, oldest first. All that was under way at a timeout is part of it, and doubles nothing anew. */
  takeLate(): string[] {
    const nowMs = this.#options.now();
    const lateAtMs = this.#lateAtMs();
    const late: [string, Outstanding][] = [];
    for (const entry of this.#outstanding) if (nowMs >= lateAtMs(entry[1])) late.push(entry);
    if (late.length === 0) return [];
    for (const [id, capture] of late) this.#remember(id, capture);
    if (late.some(([, { sentAtMs }]) => sentAtMs >= this.#lastTimeoutAtMs)) {
      this.#lastTimeoutAtMs = nowMs;
      this.#formerTimeoutMs = this.#timer.timeoutMs;
      this.#timer.timedOut();
      this.#limit = Math.max(1, this.#limit / 2);
      if (nowMs - this.#lastReceiptAtMs >= this.#formerTimeoutMs) this.#probeAtMs = nowMs + this.#probes.next();
    }
    return late.map(([id]) => id);
  }

  /** Takes out everything: the connection was lost, and with it whatever was under way. On the next one a single capture goes first. */
  takeAll(): string[] {
    const nowMs = this.#options.now();
    const ids = [...this.#outstanding.keys()];
    // Where nobody was answered on it either, what was sent may be what cut it.
    const wasInVain = ids.length > 0 && this.#lastReceiptAtMs < this.#connectedAtMs;
    if (wasInVain) this.#probeAtMs = nowMs + this.#probes.next();
    else if (ids.length > 0) this.#probeAtMs ??= nowMs;
    this.#outstanding.clear();
    this.#bytes = 0;
    this.#written = { captures: 0, bytes: 0 };
    this.#limit = Math.min(FIRST_WINDOW, this.#options.maxCaptures);
    this.#connectedAtMs = nowMs;
    this.#rate.restart();
    return ids;
  }

  /** Milliseconds until canSend or takeLate may answer otherwise by time alone; Infinity when only an event can change them. */
  get nextChangeMs(): number {
    const lateAtMs = this.#lateAtMs();
    let nextAtMs = Number.POSITIVE_INFINITY;
    for (const capture of this.#outstanding.values()) nextAtMs = Math.min(nextAtMs, lateAtMs(capture));
    const nowMs = this.#options.now();
    // A probe that may go already changes nothing by itself.
    if (this.#outstanding.size === 0 && (this.#probeAtMs ?? nowMs) > nowMs) nextAtMs = this.#probeAtMs as number;
    return Math.max(0, nextAtMs - nowMs);
  }

  /** When a capture's receipt is late: counted from when the broker took it, or from when it must have. */
  #lateAtMs(): (capture: Outstanding) => number {
    const timeoutMs = this.#timer.timeoutMs;
    const { bytes } = this.#written;
    return ({ sentAtMs, acknowledgedAtMs }) => {
      const leftAtMs = acknowledgedAtMs ?? this.#rate.mustHaveLeftAtMs(sentAtMs, bytes);
      return leftAtMs + (sentAtMs < this.#lastTimeoutAtMs ? Math.min(timeoutMs, this.#formerTimeoutMs) : timeoutMs);
    };
  }

  #remember(id: string, { isFirst, acknowledgedAtMs }: Outstanding): void {
    this.#forget(id);
    if (!isFirst || acknowledgedAtMs === undefined) return;
    this.#late.set(id, acknowledgedAtMs);
    const [oldest] = this.#late.keys();
    if (this.#late.size > MAX_LATE && oldest !== undefined) this.#late.delete(oldest);
  }

  #forget(id: string): void {
    const capture = this.#outstanding.get(id);
    if (!capture) return;
    this.#outstanding.delete(id);
    this.#bytes -= capture.bytes;
    if (capture.acknowledgedAtMs === undefined) this.#leaveWritten(capture.bytes);
  }

  #leaveWritten(bytes: number): void {
    this.#written.captures -= 1;
    this.#written.bytes -= bytes;
  }
}
