import type { Message } from '../../platform/mqtt/connection.ts';
import type { MqttLink } from '../../platform/mqtt/link.ts';
import type { Readiness } from '../../platform/service.ts';
import { atMost } from './at-most.ts';

/** A broker that hangs does not say goodbye. */
const STOP_MS = 500;

export interface IntakeOptions {
  /** A fresh link that gives its messages to onMessage and calls onUp when it stands. */
  readonly createLink: (onMessage: (message: Message) => Promise<void>, onUp: () => void) => MqttLink;
  /** Resolve: acknowledged. Reject: the connection ends and the message comes again. The signal is aborted on leaving. */
  readonly handle: (message: Message, signal: AbortSignal) => Promise<void>;
  /** Longest that a message may be held; then onStalled is called, which is expected to make this intake leave. */
  readonly patienceMs: number;
  readonly onStalled: () => void;
}

interface Attendance {
  readonly link: MqttLink;
  readonly leaving: AbortController;
  held: number;
  isSayingGoodbye: boolean;
}

/**
 * A subscription that can be left and joined again. A held message blocks all that comes after it on its connection, the broker's
 * answer to a ping too: a member of a shared subscription that can't work must leave, or it swallows its share (custody.md rule 5).
 */
export class Intake {
  readonly #options: IntakeOptions;
  #attendance: Attendance | undefined;
  /** New messages are held and never handled. */
  #isClosing = false;
  readonly #handling = new Set<Promise<void>>();

  constructor(options: IntakeOptions) {
    this.#options = options;
  }

  join(): void {
    if (this.#attendance || this.#isClosing) return;
    const leaving = new AbortController();
    const link = this.#options.createLink(
      (message) => this.#take(attendance, message),
      // A link that was told to stop while it subscribed comes up all the same.
      () => leaving.signal.aborted && link.reconnect('left meanwhile'),
    );
    const attendance: Attendance = { link, leaving, held: 0, isSayingGoodbye: false };
    this.#attendance = attendance;
    link.start();
  }

  async leave(): Promise<void> {
    const attendance = this.#attendance;
    if (!attendance) return;
    this.#attendance = undefined;
    const { link, leaving } = attendance;
    const wasHolding = attendance.held > 0;
    leaving.abort(new Error('left the subscription'));
    // A held message is rejected, which cuts the connection; it must come before a goodbye, which would wait for it for ever.
    if (wasHolding) await new Promise((resolve) => setImmediate(resolve));
    else attendance.isSayingGoodbye = link.isUp;
    await atMost(STOP_MS, link.stop());
  }

  /** Takes nothing more; resolves when what was taken is handled. */
  async close(): Promise<void> {
    this.#isClosing = true;
    await Promise.allSettled(this.#handling);
  }

  /** Undefined while it is not to be there. */
  readiness(): Readiness | undefined {
    return this.#attendance?.link.readiness();
  }

  async #take(attendance: Attendance, message: Message): Promise<void> {
    // After the goodbye acknowledging means nothing, but holding would keep the connection from ending.
    if (attendance.isSayingGoodbye) return;
    const { signal } = attendance.leaving;
    signal.throwIfAborted();
    const { promise: left, reject } = Promise.withResolvers<never>();
    const leave = () => reject(signal.reason);
    signal.addEventListener('abort', leave, { once: true });
    attendance.held += 1;
    const timer = setTimeout(this.#options.onStalled, this.#options.patienceMs);
    try {
      await Promise.race([this.#isClosing ? left : this.#handle(message, signal), left]);
    } finally {
      clearTimeout(timer);
      attendance.held -= 1;
      signal.removeEventListener('abort', leave);
    }
  }

  #handle(message: Message, signal: AbortSignal): Promise<void> {
    const handling = this.#options.handle(message, signal).finally(() => this.#handling.delete(handling));
    this.#handling.add(handling);
    return handling;
  }
}
