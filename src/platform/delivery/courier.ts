import type { SendWindow } from './send-window.ts';

/** Room in a packet for the topic and the properties. */
export const PACKET_OVERHEAD_BYTES = 2_048;

/** One thing to be carried to the next keeper. */
export interface Parcel {
  readonly id: string;
  readonly bytes: number;
  /** Was it never sent before? */
  readonly isFirst: boolean;
}

export interface CourierOptions<P extends Parcel> {
  readonly window: SendWindow;
  /** Is there a way to the next keeper right now? */
  readonly isOpen: () => boolean;
  /** The next parcel that is not under way, or undefined when there is none. */
  readonly next: () => Promise<P | undefined>;
  /** Hands it to the broker; resolves when the broker has acknowledged. */
  readonly send: (parcel: P) => Promise<void>;
  /** The broker has it: no promise of anything, unless custody ends there. */
  readonly onAcknowledged?: (parcel: P) => void;
  /** These are under way no longer and have no receipt: they must be offered again. */
  readonly onReturned: (ids: readonly string[], why: 'late' | 'cut') => void;
  /** The broker acknowledges and the next keeper stays silent: subscriptions may be gone. */
  readonly onSilence?: () => void;
}

/** Silent probes after which the connection is taken to have lost its subscriptions. */
const SILENT_PROBES = 3;

/** Sends what a keeper holds, as much at a time as the window allows, and again whatever got no receipt. */
export class Courier<P extends Parcel> {
  readonly #options: CourierOptions<P>;
  #isStopped = false;
  #wake: () => void = () => undefined;
  #isAwake = false;
  #running: Promise<void> | undefined;
  #waiting: P | undefined;
  #cuts = 0;

  constructor(options: CourierOptions<P>) {
    this.#options = options;
  }

  start(): void {
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.wake();
    await this.#running;
  }

  /** Something changed: there is more to send, or more room. */
  wake(): void {
    this.#isAwake = true;
    this.#wake();
  }

  /** A receipt came for this id, perhaps for an earlier send. */
  receipted(id: string): void {
    this.#options.window.receipted(id);
    this.withdraw(id);
  }

  /** This id is no longer to be sent, though nobody has answered. */
  withdraw(id: string): void {
    if (this.#waiting?.id === id) this.#waiting = undefined;
    this.#options.window.withdraw(id);
    this.wake();
  }

  /** The connection was lost. */
  cut(): void {
    this.#cuts += 1;
    this.#waiting = undefined;
    this.#options.onReturned(this.#options.window.takeAll(), 'cut');
  }

  async #run(): Promise<void> {
    const { window, isOpen, onReturned, onSilence } = this.#options;
    while (!this.#isStopped) {
      const late = window.takeLate();
      if (late.length > 0) {
        onReturned(late, 'late');
        if (window.unansweredProbes > 0 && window.unansweredProbes % SILENT_PROBES === 0) onSilence?.();
      }
      this.#isAwake = false;
      if (isOpen()) await this.#fetch();
      const parcel = this.#waiting;
      if (parcel && isOpen() && window.canSend(parcel.bytes)) {
        this.#waiting = undefined;
        this.#dispatch(parcel);
      } else {
        await this.#sleep(window.nextChangeMs);
      }
    }
  }

  async #fetch(): Promise<void> {
    if (this.#waiting) return;
    const cuts = this.#cuts;
    const parcel = await this.#options.next();
    // What was fetched before a cut is offered again after it.
    if (cuts === this.#cuts) this.#waiting = parcel;
    else this.wake();
  }

  #dispatch(parcel: P): void {
    const { window, send, onAcknowledged } = this.#options;
    window.sent(parcel.id, parcel.bytes, parcel.isFirst);
    // A publish that fails was cut, and the cut gives back all that was under way.
    send(parcel).then(
      () => onAcknowledged?.(parcel),
      () => this.wake(),
    );
  }

  async #sleep(ms: number): Promise<void> {
    if (this.#isAwake || this.#isStopped) return;
    await new Promise<void>((resolve) => {
      const timer = Number.isFinite(ms) ? setTimeout(resolve, Math.max(ms, 1)) : undefined;
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = () => undefined;
  }
}
