import { type Clock, processClock } from './clock.ts';
import type { SendWindow } from './send-window.ts';
import { type Failure, type Suspect, Suspects } from './suspects.ts';

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
  /** The next parcel that is not under way, or undefined when there is none. In any order: what failed is put behind the rest here. */
  readonly next: () => Promise<P | undefined>;
  /** Hands it to the broker; resolves when the broker has acknowledged. */
  readonly send: (parcel: P) => Promise<void>;
  /** The broker has it: no promise of anything, unless custody ends there. */
  readonly onAcknowledged?: (parcel: P) => void;
  /**
   * These are under way no longer and have no receipt: they must be offered again, `late` ones behind what was never sent. Not all of
   * them were sent: some had been put behind others.
   */
  readonly onReturned: (ids: readonly string[], why: 'late' | 'cut') => void;
  /** The broker acknowledges and the next keeper stays silent: subscriptions may be gone. */
  readonly onSilence?: () => void;
  /** A capture failed even alone, while others were answered: it waits longer each time, and somebody should know. */
  readonly onSuspect?: (suspect: Suspect) => void;
  readonly clock?: Clock;
  readonly suspects?: Suspects;
}

/** Silent probes after which the connection is taken to have lost its subscriptions. */
const SILENT_PROBES = 3;
/** A send that failed, with no cut for so long, was refused. */
const REFUSED_AFTER_MS = 1_000;

/** Sends what a keeper holds, as much at a time as the window allows, and again whatever got no receipt. */
export class Courier<P extends Parcel> {
  readonly #options: CourierOptions<P>;
  readonly #clock: Clock;
  readonly #suspects: Suspects;
  #isStopped = false;
  #wake: () => void = () => undefined;
  #isAwake = false;
  #running: Promise<void> | undefined;
  #waiting: P | undefined;
  /** What is under way and must be so alone. */
  #alone: string | undefined;
  #cuts = 0;

  constructor(options: CourierOptions<P>) {
    this.#options = options;
    this.#clock = options.clock ?? processClock;
    this.#suspects = options.suspects ?? new Suspects(this.#clock);
  }

  start(): void {
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.wake();
    await this.#running;
  }

  /** What failed even alone and waits for its next turn. */
  get parked(): readonly Suspect[] {
    return this.#suspects.parked;
  }

  /** Somebody wants these tried at once, whatever they did before. Returns how many had failed alone. */
  retry(ids: readonly string[]): number {
    const { parked, aside } = this.#suspects.pardon(ids);
    if (aside.length > 0) this.#options.onReturned(aside, 'late');
    this.wake();
    return parked;
  }

  /** Something changed: there is more to send, or more room. */
  wake(): void {
    this.#isAwake = true;
    this.#wake();
  }

  /** A receipt came for this id, perhaps for an earlier send. */
  receipted(id: string): void {
    this.#options.window.receipted(id);
    this.#suspects.receipted(id);
    this.#drop(id);
  }

  /** This id is no longer to be sent, though nobody has answered. */
  withdraw(id: string): void {
    this.#options.window.withdraw(id);
    this.#suspects.forget(id);
    this.#drop(id);
  }

  /** The connection was lost. */
  cut(): void {
    const { window, onReturned } = this.#options;
    this.#cuts += 1;
    const [first] = window.unacknowledged;
    const sent = window.takeAll();
    const rest = [...this.#suspects.takeAside(), ...(this.#waiting ? [this.#waiting.id] : [])];
    this.#waiting = undefined;
    // A broker acknowledges in the order of sending [MQTT-4.6.0-2]: what it had taken did not cut it, what came later it never saw.
    if (first !== undefined) this.#failed([first], 'cut');
    else if (sent.length === 1) this.#failed(sent, 'cut');
    this.#alone = undefined;
    onReturned([...sent, ...rest], 'cut');
  }

  async #run(): Promise<void> {
    const { isOpen } = this.#options;
    while (!this.#isStopped) {
      this.#takeLate();
      this.#isAwake = false;
      if (isOpen()) await this.#fetch();
      const parcel = this.#waiting;
      if (parcel && isOpen() && this.#mayGo(parcel)) this.#dispatch(parcel);
      else await this.#sleep(this.#nextChangeMs);
    }
  }

  #takeLate(): void {
    const { window, onReturned, onSilence } = this.#options;
    const late = window.takeLate();
    if (late.length === 0) return;
    this.#failed(late, 'late');
    onReturned(late, 'late');
    if (window.unansweredProbes > 0 && window.unansweredProbes % SILENT_PROBES === 0) onSilence?.();
  }

  #failed(ids: readonly string[], why: Failure): void {
    for (const id of ids) {
      const suspect = this.#suspects.failed(id, why, id === this.#alone);
      if (suspect) this.#options.onSuspect?.(suspect);
      if (id === this.#alone) this.#alone = undefined;
    }
  }

  async #fetch(): Promise<void> {
    while (!this.#waiting && !this.#isStopped) {
      this.#offerAgain(false);
      const cuts = this.#cuts;
      const parcel = await this.#options.next();
      // What was fetched before a cut is offered again after it.
      if (cuts !== this.#cuts) return this.wake();
      if (!parcel && !this.#offerAgain(true)) return;
      if (parcel && this.#suspects.admit(parcel.id, this.#options.window.isProbing) !== 'not yet')
        this.#waiting = parcel;
    }
  }

  /** Has the keeper offer again what was put behind the rest, once its turn has come. Returns false when there is no such. */
  #offerAgain(isNothingElse: boolean): boolean {
    const again = this.#suspects.takeAgain({ isSilent: this.#options.window.isProbing, isNothingElse });
    if (again.length > 0) this.#options.onReturned(again, 'late');
    return again.length > 0;
  }

  #mayGo({ id, bytes }: P): boolean {
    const { window } = this.#options;
    if (this.#alone !== undefined) return false;
    const mustBeAlone = this.#suspects.admit(id, window.isProbing) === 'alone';
    return window.canSend(bytes) && (!mustBeAlone || window.outstanding === 0);
  }

  #dispatch(parcel: P): void {
    const { window, send, onAcknowledged } = this.#options;
    this.#waiting = undefined;
    if (this.#suspects.admit(parcel.id, window.isProbing) === 'alone') this.#alone = parcel.id;
    window.sent(parcel.id, parcel.bytes, parcel.isFirst);
    const cuts = this.#cuts;
    send(parcel).then(
      () => {
        if (cuts === this.#cuts) window.acknowledged(parcel.id);
        onAcknowledged?.(parcel);
        this.wake();
      },
      // It failed because of a cut, of which is told at any moment and which gives back all; or the broker refused it alone.
      () => this.#clock.after(REFUSED_AFTER_MS, () => cuts === this.#cuts && this.#refused(parcel.id)),
    );
  }

  /** The broker did not take it, and keeps the connection: MQTT 5 has answers such as 0x95, packet too large. */
  #refused(id: string): void {
    const { window, onReturned } = this.#options;
    if (!window.unacknowledged.includes(id)) return;
    window.withdraw(id);
    this.#failed([id], 'refused');
    onReturned([id], 'late');
    this.wake();
  }

  /** What was put aside matters where there is nothing else, and a way. */
  get #nextChangeMs(): number {
    const { window, isOpen } = this.#options;
    const isIdle = isOpen() && !this.#waiting;
    return Math.min(window.nextChangeMs, isIdle ? this.#suspects.nextChangeMs : Number.POSITIVE_INFINITY);
  }

  #drop(id: string): void {
    if (this.#waiting?.id === id) this.#waiting = undefined;
    if (this.#alone === id) this.#alone = undefined;
    this.wake();
  }

  async #sleep(ms: number): Promise<void> {
    if (this.#isAwake || this.#isStopped) return;
    await new Promise<void>((resolve) => {
      const cancel = Number.isFinite(ms) ? this.#clock.after(Math.max(ms, 1), resolve) : () => undefined;
      this.#wake = () => {
        cancel();
        resolve();
      };
    });
    this.#wake = () => undefined;
  }
}
