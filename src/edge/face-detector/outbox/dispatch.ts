import { traceIdOf } from '../../../contract/trace.ts';
import { pause } from '../../../platform/backoff.ts';
import type { Config } from '../../../platform/config/schema.ts';
import { Courier, PACKET_OVERHEAD_BYTES, type Parcel } from '../../../platform/delivery/courier.ts';
import { SendWindow } from '../../../platform/delivery/send-window.ts';
import { killPoint } from '../../../platform/kill-points.ts';
import type { Log } from '../../../platform/log.ts';
import type { MqttLink } from '../../../platform/mqtt/link.ts';
import { errorMessage, type SightlineError } from '../../../platform/sightline-error.ts';
import type { Keeper, KeptCapture } from './keeper.ts';
import type { OutboxMetrics } from './outbox-metrics.ts';
import { SendOrder } from './send-order.ts';
import { isRefusedAsTooLarge, TooLarge } from './too-large.ts';

const READ_AGAIN_MS = 5_000;
/** Ids of captures that are too large; a spool does not say which of them it shed. */
const MANY = 100;
/** Connections in a row that ended before the broker had taken what was sent, and no receipt came: it may be that for which they end. */
const CUTS_IN_VAIN = 5;

export interface DispatchOptions {
  readonly config: Config;
  readonly keeper: Keeper;
  readonly link: Pick<MqttLink, 'isUp' | 'maximumPacketBytes' | 'publish' | 'reconnect'>;
  readonly log: Log;
  readonly metrics: OutboxMetrics;
  /** The broker has acknowledged it: no promise of anything, unless custody ends there. */
  readonly onAcknowledged: (capture: Pick<KeptCapture, 'id' | 'sha256'>) => void;
  /** All was offered, or one was found that can't go. */
  readonly onIdle: () => void;
}

type Outgoing = KeptCapture & Parcel;

/** Carries what an outbox keeps to the edge broker, again and again until somebody has it. */
export class Dispatch {
  readonly #options: DispatchOptions;
  readonly #courier: Courier<Outgoing>;
  readonly #order: SendOrder;
  readonly #tooLarge: TooLarge;
  /** SHA-256 of what the courier has, by id. */
  readonly #underWay = new Map<string, string>();
  readonly #stopping = new AbortController();
  #cuts = 0;
  #cutsInVain = 0;
  #lastHungUp = -1;

  constructor(options: DispatchOptions) {
    this.#options = options;
    const { config, link, keeper, log, onAcknowledged } = options;
    this.#order = new SendOrder(keeper);
    this.#tooLarge = new TooLarge(log);
    this.#courier = new Courier({
      window: new SendWindow({ maxCaptures: config.send.maxWindow, maxBytes: config.send.maxWindowBytes }),
      isOpen: () => link.isUp,
      next: () => this.#next(),
      send: (capture) => this.#send(capture),
      onAcknowledged,
      onReturned: (ids, why) => this.#returned(ids, why),
      onSilence: () => link.reconnect('the broker acknowledges, but no forwarder answers'),
      onSuspect: ({ id, why, loneFailures }) => {
        log.warn({ id, traceId: traceIdOf(id), why, loneFailures }, 'capture failed even alone; others go first');
        options.onIdle();
      },
    });
  }

  start(): void {
    this.#courier.start();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#courier.stop();
  }

  /** There is something new to send, or a connection. */
  wake(): void {
    this.#courier.wake();
  }

  /** The connection was lost. */
  cut(): void {
    this.#courier.cut();
  }

  /** Is this one under way, with these bytes? */
  has(id: string, sha256: string): boolean {
    return this.#underWay.get(id) === sha256;
  }

  /** Somebody has answered for it. */
  receipted(id: string): void {
    this.#cutsInVain = 0;
    this.#forget(id);
    this.#courier.receipted(id);
  }

  /** Captures were shed: these, and perhaps others. */
  shed(ids: readonly string[]): void {
    for (const id of ids) {
      this.#forget(id);
      this.#courier.withdraw(id);
    }
    this.#order.reread();
    const { pending } = this.#options.keeper.status.counts;
    if (this.#tooLarge.captures > 2 * pending + MANY) this.#lookAnew();
    this.#courier.wake();
  }

  /** Captures that the broker takes none of. */
  get tooLarge(): number {
    return Math.min(this.#tooLarge.captures, this.#options.keeper.status.counts.pending);
  }

  /** Captures that failed even when they were sent alone. */
  get suspects(): number {
    return this.#courier.parked.length;
  }

  /**
   * Why none of what is left can go as it is: all too large, or failed even alone, or the broker (on MQTT 3.1.1 it has no
   * other way to say so) hung up on it again and again. Undefined while some may go.
   */
  get obstacle(): SightlineError | undefined {
    const { keeper, link } = this.#options;
    const { pending } = keeper.status.counts;
    if (this.#cutsInVain >= CUTS_IN_VAIN) return this.#tooLarge.error(pending);
    const parked = new Set(this.#courier.parked.map(({ id }) => id));
    const stuck = parked.size + this.#tooLarge.captures;
    if (!link.isUp || stuck === 0 || stuck < pending || !this.#order.isExhausted) return undefined;
    if ([...this.#underWay.keys()].some((id) => !parked.has(id))) return undefined;
    return this.#tooLarge.error(pending);
  }

  async #next(): Promise<Outgoing | undefined> {
    try {
      return await this.#nextThatFits();
    } catch (error) {
      // What can't be read now may be read later.
      this.#options.log.error({ reason: errorMessage(error) }, 'outbox could not be read, trying again');
      await pause(READ_AGAIN_MS, this.#stopping.signal);
      this.#courier.wake();
      return undefined;
    }
  }

  async #nextThatFits(): Promise<Outgoing | undefined> {
    for (;;) {
      const cuts = this.#cuts;
      const capture = await this.#order.next();
      // What was read before a cut is offered again after it.
      if (cuts !== this.#cuts) return undefined;
      if (!capture) {
        this.#options.onIdle();
        return undefined;
      }
      if (this.#underWay.has(capture.id)) continue;
      const bytes = capture.image.length;
      const { config, link } = this.#options;
      const maximumBytes = Math.min(link.maximumPacketBytes - PACKET_OVERHEAD_BYTES, config.send.maxBytes);
      if (bytes <= maximumBytes) {
        this.#underWay.set(capture.id, capture.sha256);
        return { ...capture, bytes, isFirst: capture.sends === 0 };
      }
      this.#tooLarge.found(capture.id, bytes, maximumBytes);
    }
  }

  async #send({ id, topic, image, properties, isFirst }: Outgoing): Promise<void> {
    const { config, link, keeper, metrics } = this.#options;
    metrics.sent.inc();
    if (!isFirst) metrics.resent.inc();
    keeper.markSent(id);
    const isBare = config.edge.dialect === 'bare';
    const options = { qos: config.edge.qos, ...(properties ? { properties } : {}) };
    const connection = this.#cuts;
    try {
      await link.publish(isBare ? config.topicPrefix : topic, image, options);
    } catch (error) {
      if (isRefusedAsTooLarge(error)) this.#refusedAsTooLarge(id, image.length);
      else this.#hungUpOn(connection);
      throw error;
    }
    killPoint('detector/after-publish');
  }

  #refusedAsTooLarge(id: string, bytes: number): void {
    this.#underWay.delete(id);
    this.#tooLarge.found(id, bytes);
    this.#courier.withdraw(id);
    this.#options.onIdle();
  }

  /** Not a connection that we gave up because nobody answers: there the broker had taken what was sent. */
  #hungUpOn(connection: number): void {
    if (connection === this.#lastHungUp) return;
    this.#lastHungUp = connection;
    this.#cutsInVain += 1;
    this.#options.onIdle();
  }

  #returned(ids: readonly string[], why: 'late' | 'cut'): void {
    if (why === 'late') {
      for (const id of ids) this.#underWay.delete(id);
      this.#order.setBack(ids);
      return;
    }
    this.#cuts += 1;
    this.#underWay.clear();
    // Another connection may take more.
    this.#lookAnew();
    this.#options.onIdle();
  }

  #lookAnew(): void {
    this.#order.restart();
    this.#tooLarge.clear();
  }

  #forget(id: string): void {
    this.#underWay.delete(id);
    this.#tooLarge.forget(id);
  }
}
