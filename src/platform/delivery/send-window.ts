import { Backoff } from '../backoff.ts';
import { RoundTripTimer } from './round-trip-timer.ts';

const FIRST_WINDOW = 4;
const PROBE_FIRST_MS = 1_000;
const PROBE_MAX_MS = 300_000;

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
}

/**
 * How much may be under way: it counts captures sent and not yet receipted. It starts at 4, grows by one for each window of receipts, and
 * halves when one is late. While the next keeper is silent a single capture goes as a probe, ever more rarely: without this rule a
 * thousand devices that come back from an outage put hundreds of thousands of messages into the broker.
 */
export class SendWindow {
  readonly #options: Required<SendWindowOptions>;
  readonly #outstanding = new Map<string, Outstanding>();
  readonly #timer = new RoundTripTimer();
  readonly #probes: Backoff;
  #limit = FIRST_WINDOW;
  #bytes = 0;
  #lastReceiptAtMs = Number.NEGATIVE_INFINITY;
  #lastTimeoutAtMs = Number.NEGATIVE_INFINITY;
  /** How long was waited until the last timeout: it holds on for what was under way then, or one loss would double for each. */
  #formerTimeoutMs = Number.POSITIVE_INFINITY;
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

  /** May a capture of so many bytes go now? A single one always may, when nothing is outstanding. */
  canSend(bytes: number): boolean {
    if (this.#outstanding.size === 0) return this.#probeAtMs === undefined || this.#options.now() >= this.#probeAtMs;
    if (this.isProbing) return false;
    return this.#outstanding.size < this.limit && this.#bytes + bytes <= this.#options.maxBytes;
  }

  sent(id: string, bytes: number, isFirst: boolean): void {
    this.#forget(id);
    this.#outstanding.set(id, { bytes, sentAtMs: this.#options.now(), isFirst });
    this.#bytes += bytes;
  }

  /** A receipt came. Returns false when nothing of that id is under way. */
  receipted(id: string): boolean {
    const capture = this.#outstanding.get(id);
    this.#lastReceiptAtMs = this.#options.now();
    this.#probeAtMs = undefined;
    this.#probes.reset();
    if (!capture) return false;
    if (capture.isFirst) this.#timer.measured(this.#options.now() - capture.sentAtMs);
    this.#limit = Math.min(this.#options.maxCaptures, this.#limit + 1 / this.#limit);
    this.#forget(id);
    return true;
  }

  /** No receipt is waited for any longer; nothing is learned from it. */
  withdraw(id: string): void {
    this.#forget(id);
  }

  /** Takes out what waited too long for its receipt, oldest first. All that was under way at a timeout is part of it, and doubles nothing anew. */
  takeLate(): string[] {
    const nowMs = this.#options.now();
    const late = [...this.#outstanding].filter(([, { sentAtMs }]) => nowMs >= this.#lateAtMs(sentAtMs));
    if (late.length === 0) return [];
    for (const [id] of late) this.#forget(id);
    if (late.some(([, { sentAtMs }]) => sentAtMs >= this.#lastTimeoutAtMs)) {
      this.#lastTimeoutAtMs = nowMs;
      this.#formerTimeoutMs = this.#timer.timeoutMs;
      this.#timer.timedOut();
      this.#limit = Math.max(1, this.#limit / 2);
      if (nowMs - this.#lastReceiptAtMs >= this.#formerTimeoutMs) this.#probeAtMs = nowMs + this.#probes.next();
    }
    return late.map(([id]) => id);
  }

  /** Takes out everything: the connection was lost, and with it whatever was under way. */
  takeAll(): string[] {
    const ids = [...this.#outstanding.keys()];
    this.#outstanding.clear();
    this.#bytes = 0;
    this.#limit = Math.min(FIRST_WINDOW, this.#options.maxCaptures);
    return ids;
  }

  /** Milliseconds until canSend or takeLate may answer otherwise by time alone; Infinity when only an event can change them. */
  get nextChangeMs(): number {
    const { now } = this.#options;
    let lateInMs = Number.POSITIVE_INFINITY;
    for (const { sentAtMs } of this.#outstanding.values()) {
      lateInMs = Math.min(lateInMs, this.#lateAtMs(sentAtMs) - now());
    }
    const probeInMs =
      this.#outstanding.size === 0 && this.#probeAtMs !== undefined
        ? this.#probeAtMs - now()
        : Number.POSITIVE_INFINITY;
    return Math.max(0, Math.min(lateInMs, probeInMs));
  }

  #lateAtMs(sentAtMs: number): number {
    const timeoutMs = this.#timer.timeoutMs;
    return sentAtMs + (sentAtMs < this.#lastTimeoutAtMs ? Math.min(timeoutMs, this.#formerTimeoutMs) : timeoutMs);
  }

  #forget(id: string): void {
    this.#bytes -= this.#outstanding.get(id)?.bytes ?? 0;
    this.#outstanding.delete(id);
  }
}
