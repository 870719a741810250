import { traceIdOf } from '../../contract/trace.ts';
import { pause } from '../../platform/backoff.ts';
import type { Config } from '../../platform/config/schema.ts';
import { Courier, PACKET_OVERHEAD_BYTES } from '../../platform/delivery/courier.ts';
import { SendWindow } from '../../platform/delivery/send-window.ts';
import type { Suspect } from '../../platform/delivery/suspects.ts';
import type { Log } from '../../platform/log.ts';
import type { Message } from '../../platform/mqtt/connection.ts';
import type { MqttLink } from '../../platform/mqtt/link.ts';
import { errorMessage } from '../../platform/sightline-error.ts';
import type { SpooledCapture } from '../../platform/spool/protocol.ts';
import type { Spool } from '../../platform/spool/spool.ts';
import type { ForwarderMetrics } from './forwarder-metrics.ts';
import { Lanes, type Outgoing } from './lanes.ts';
import { Oversize } from './oversize.ts';
import { ReceiptIntake } from './receipt-intake.ts';
import { mustNotBeSent, sendCapture } from './send-capture.ts';
import { SentMarks } from './sent-marks.ts';

const READ_AGAIN_MS = 5_000;
const UNREADABLE_MS = 60_000;

export interface DispatchOptions {
  readonly config: Config;
  /** This forwarder's name in receipts: its own are never believed. */
  readonly instance: string;
  readonly spool: Spool;
  readonly link: Pick<MqttLink, 'isUp' | 'maximumPacketBytes' | 'publish' | 'reconnect'>;
  readonly log: Log;
  readonly metrics: ForwarderMetrics;
}

/** Carries the spool to the cloud broker, and lets go of each capture when the store's receipt comes. */
export class Dispatch {
  readonly #options: DispatchOptions;
  readonly #lanes: Lanes;
  readonly #courier: Courier<Outgoing>;
  readonly #marks: SentMarks;
  /** SHA-256 of what is under way, by id. */
  readonly #underWay = new Map<string, string>();
  readonly #oversize = new Oversize();
  readonly #receipts: ReceiptIntake;
  readonly #stopping = new AbortController();

  constructor(options: DispatchOptions) {
    this.#options = options;
    const { config, link, log, spool } = options;
    this.#lanes = new Lanes(spool, (ids) => this.withdraw(ids));
    this.#receipts = new ReceiptIntake({
      ...options,
      onAnswered: (captures, isNoted) => {
        for (const { id, sha256 } of captures) if (isNoted || this.#underWay.get(id) === sha256) this.#finished(id);
      },
      onUnnoted: (ids) => void this.#sendAgainLater(ids),
    });
    this.#marks = new SentMarks(spool);
    this.#courier = new Courier({
      window: new SendWindow({ maxCaptures: config.send.maxWindow, maxBytes: config.send.maxWindowBytes }),
      isOpen: () => link.isUp,
      next: () => this.#next(),
      send: (capture) => this.#send(capture),
      onAcknowledged: (capture) => this.#acknowledged(capture),
      onReturned: (ids, why) => this.#returned(ids, why),
      onSilence: () => link.reconnect('the broker acknowledges, but no receipts come'),
      onSuspect: ({ id, why, failures, waitMs }) =>
        log.warn(
          { id, traceId: traceIdOf(id), why, failures, againInSeconds: Math.round(waitMs / 1000) },
          why === 'cut'
            ? 'capture set aside: the cloud broker cuts the connection whenever it is sent; is it larger than the broker allows? See `sightline spool list`'
            : 'capture set aside: others are answered and it never is. See `sightline spool list`',
        ),
    });
  }

  start(): void {
    this.#courier.start();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#courier.stop();
    await this.#marks.flush();
  }

  /** There is something new in the spool. */
  kept(capture: SpooledCapture): void {
    if (this.#options.link.isUp) this.#lanes.kept(capture);
    this.#courier.wake();
  }

  /** There is more in the spool than was read: all that is pending is looked through anew. */
  rewind(): void {
    this.#lanes.restart();
    this.#courier.wake();
  }

  /** Captures that fail even when they are sent alone, while others are answered. */
  get suspects(): readonly Suspect[] {
    return this.#courier.parked;
  }

  /** How many captures are kept since they are larger than may be sent. */
  get oversize(): number {
    return Math.min(this.#oversize.captures, this.#options.spool.status.counts.pending);
  }

  /** The operator wants these to be sent at once. Returns how many had been set aside. */
  retry(ids: readonly string[]): number {
    this.#lanes.giveBack(ids);
    return this.#courier.retry(ids);
  }

  /** These are no longer to be sent, though nobody has answered: they were given up, evicted or damaged. */
  withdraw(ids: readonly string[]): void {
    this.#lanes.withdraw(ids);
    for (const id of ids) {
      this.#underWay.delete(id);
      this.#marks.delete(id);
      this.#oversize.delete(id);
      this.#courier.withdraw(id);
    }
  }

  /**
   * The operator gives these up. Nothing of them goes from now on, be it in memory, on its way there or not read yet.
   * @param drop Removes their rows. @throws what it throws: then they go on.
   */
  async giveUp(ids: readonly string[], drop: () => Promise<number>): Promise<number> {
    this.#lanes.withhold(ids);
    this.withdraw(ids);
    let isDropped = false;
    try {
      const dropped = await drop();
      isDropped = true;
      return dropped;
    } finally {
      // What was being read while the rows went.
      await this.#lanes.settled();
      this.withdraw(ids);
      this.#lanes.release(ids);
      if (!isDropped) this.retry(ids);
    }
  }

  /** The disk can't read these now. */
  async readAgainLater(ids: readonly string[]): Promise<void> {
    await pause(UNREADABLE_MS, this.#stopping.signal);
    this.#lanes.giveBack(ids);
    this.#courier.wake();
  }

  linkUp(): void {
    this.#oversize.restart();
    this.#lanes.restart();
    // Of those that are gone nobody else would tell.
    this.#lanes.giveBack(this.suspects.map(({ id }) => id));
    this.#courier.wake();
  }

  linkDown(): void {
    this.#courier.cut();
  }

  receive(message: Message): void {
    this.#receipts.receive(message);
  }

  /** The disk could not note what became of these: they are pending still, and will be answered again. */
  async #sendAgainLater(ids: readonly string[]): Promise<void> {
    await pause(READ_AGAIN_MS, this.#stopping.signal);
    this.#lanes.giveBack(ids);
    this.#courier.wake();
  }

  async #next(): Promise<Outgoing | undefined> {
    try {
      return await this.#nextThatFits();
    } catch (error) {
      // What can't be read now may be read later; to end for it would end the intake as well.
      this.#options.log.error({ reason: errorMessage(error) }, 'spool could not be read, trying again');
      await pause(READ_AGAIN_MS, this.#stopping.signal);
      this.#courier.wake();
      return undefined;
    }
  }

  async #nextThatFits(): Promise<Outgoing | undefined> {
    const { config, link, log, spool } = this.#options;
    for (;;) {
      const capture = await this.#lanes.next();
      const maximum = Math.min(link.maximumPacketBytes - PACKET_OVERHEAD_BYTES, config.send.maxBytes);
      if (!capture) return undefined;
      if (this.#underWay.has(capture.id)) continue;
      if (mustNotBeSent(config, capture.topic)) {
        await spool.settle([{ id: capture.id, sha256: capture.sha256, state: 'released' }]);
        continue;
      }
      if (capture.bytes <= maximum) return capture;
      // The broker would cut the connection: it stays here and goes when it may, after the next connection.
      const { id, bytes } = capture;
      if (this.#oversize.add(id))
        log.warn(
          { id, traceId: traceIdOf(id), bytes, maximum },
          'capture larger than the cloud broker or send.maxBytes allows; kept',
        );
    }
  }

  async #send(capture: Outgoing): Promise<void> {
    const { id, sha256 } = capture;
    // Fetched at the very moment at which it was given up: soon withdrawn.
    if (this.#lanes.isWithheld(id)) throw new Error('Expected a capture to be sent, got one that is being given up');
    this.#underWay.set(id, sha256);
    await sendCapture(capture, this.#options);
    this.#marks.add(id);
  }

  /** In the bare dialect nobody sends receipts: the broker's acknowledgement ends custody. */
  #acknowledged({ id, sha256 }: Outgoing): void {
    if (this.#options.config.cloud.dialect !== 'bare') return;
    void this.#options.spool.settle([{ id, sha256, state: 'released' }]).then(
      () => this.#finished(id),
      // Not on disk: it stays pending and goes again.
      () => undefined,
    );
  }

  #finished(id: string): void {
    this.#underWay.delete(id);
    this.#marks.delete(id);
    this.#oversize.delete(id);
    this.#courier.receipted(id);
  }

  #returned(ids: readonly string[], why: 'late' | 'cut'): void {
    for (const id of ids) this.#underWay.delete(id);
    // After a cut everything that is pending is read anew.
    if (why === 'late') this.#lanes.giveBack(ids);
  }
}
