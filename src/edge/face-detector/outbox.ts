import { decodeReceipt } from '../../contract/receipts.ts';
import type { Config } from '../../platform/config/schema.ts';
import { Courier, PACKET_OVERHEAD_BYTES, type Parcel } from '../../platform/delivery/courier.ts';
import { SendWindow } from '../../platform/delivery/send-window.ts';
import { killPoint } from '../../platform/kill-points.ts';
import type { Log } from '../../platform/log.ts';
import type { Message } from '../../platform/mqtt/connection.ts';
import type { MqttLink } from '../../platform/mqtt/link.ts';
import type { Capture } from './capture.ts';
import type { DetectorMetrics } from './detector-metrics.ts';

export interface OutboxOptions {
  readonly config: Config;
  readonly link: Pick<MqttLink, 'isUp' | 'maximumPacketBytes' | 'publish' | 'reconnect'>;
  readonly log: Log;
  readonly metrics: DetectorMetrics;
}

/** How the outbox lets captures go. */
export interface OutboxCounts {
  /** The forwarder has them. */
  readonly held: number;
  readonly refused: number;
  /** Shed because memory was full: the least worth first. */
  readonly evicted: number;
  /** Handed to a broker in the bare dialect. */
  readonly released: number;
}

interface Kept extends Parcel {
  readonly capture: Capture;
  sends: number;
  isUnderWay: boolean;
}

/** The first keeper of a capture: holds it in memory until the forwarder has it on disk. Bounded; sheds the least worth. */
export class Outbox {
  readonly #options: OutboxOptions;
  readonly #courier: Courier<Kept>;
  readonly #kept = new Map<string, Kept>();
  readonly #counts = { held: 0, refused: 0, evicted: 0, released: 0 };
  #bytes = 0;
  #changed: (() => void)[] = [];

  constructor(options: OutboxOptions) {
    this.#options = options;
    const { config, link } = options;
    this.#courier = new Courier({
      window: new SendWindow({ maxCaptures: config.send.maxWindow, maxBytes: config.send.maxWindowBytes }),
      isOpen: () => link.isUp,
      next: async () => this.#next(),
      send: (kept) => this.#send(kept),
      onAcknowledged: ({ id }) => config.edge.dialect === 'bare' && this.#forget(id, 'released'),
      onReturned: (ids, why) => this.#returned(why === 'cut' ? [...this.#kept.keys()] : ids),
      onSilence: () => link.reconnect('the broker acknowledges, but no forwarder answers'),
    });
  }

  start(): void {
    this.#courier.start();
  }

  async stop(): Promise<void> {
    await this.#courier.stop();
  }

  linkUp(): void {
    this.#courier.wake();
  }

  linkDown(): void {
    this.#courier.cut();
  }

  /** Takes a capture, shedding what is worth least when memory is full. */
  add(capture: Capture): void {
    const { id, image } = capture;
    this.#kept.set(id, { id, bytes: image.length, capture, sends: 0, isUnderWay: false, isFirst: true });
    this.#bytes += image.length;
    killPoint('detector/after-capture');
    while (this.#bytes > this.#options.config.outbox.maxBytes && this.#kept.size > 1) this.#shed();
    this.#courier.wake();
  }

  /** Resolves when there is room for another capture without shedding: a file can wait, a camera can't. */
  async room(signal: AbortSignal): Promise<void> {
    while (this.#bytes > this.#options.config.outbox.maxBytes / 2 && !signal.aborted) await this.#nextChange(signal);
  }

  /** Resolves when everything was let go, or the signal is aborted. */
  async empty(signal: AbortSignal): Promise<void> {
    while (this.#kept.size > 0 && !signal.aborted) await this.#nextChange(signal);
  }

  get counts(): OutboxCounts {
    return { ...this.#counts };
  }

  get captures(): number {
    return this.#kept.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Believes a receipt whose id and hash are its own. */
  receive(message: Message): void {
    const receipt = message.retain ? undefined : decodeReceipt(message.payload);
    if (!receipt) return;
    for (const [id, sha256] of receipt.captures) {
      if (this.#kept.get(id)?.capture.sha256 !== sha256) continue;
      if (receipt.state === 'refused')
        this.#options.log.warn({ id, reason: receipt.reason, by: receipt.by }, 'capture refused');
      this.#forget(id, receipt.state === 'refused' ? 'refused' : 'held');
    }
  }

  #next(): Kept | undefined {
    for (const kept of this.#kept.values()) {
      if (kept.isUnderWay || kept.bytes + PACKET_OVERHEAD_BYTES > this.#options.link.maximumPacketBytes) continue;
      kept.isUnderWay = true;
      return kept;
    }
    return undefined;
  }

  async #send(kept: Kept): Promise<void> {
    const { config, link, metrics } = this.#options;
    const { topic, image, properties } = kept.capture;
    kept.sends += 1;
    if (kept.sends > 1) metrics.resent.inc();
    const isBare = config.edge.dialect === 'bare';
    await link.publish(isBare ? config.topicPrefix : topic, image, { qos: config.edge.qos, properties });
    killPoint('detector/after-publish');
  }

  #returned(ids: readonly string[]): void {
    for (const id of ids) {
      const kept = this.#kept.get(id);
      if (kept) kept.isUnderWay = false;
    }
  }

  #forget(id: string, state: keyof OutboxCounts): void {
    const kept = this.#kept.get(id);
    if (!kept) return;
    this.#kept.delete(id);
    this.#bytes -= kept.bytes;
    this.#counts[state] += 1;
    this.#options.metrics.settled.inc({ state });
    if (state === 'evicted') this.#courier.withdraw(id);
    else this.#courier.receipted(id);
    for (const wake of this.#changed.splice(0)) wake();
  }

  /** Never sent before sent, then the lowest quality, then the oldest. */
  #shed(): void {
    let least: Kept | undefined;
    for (const kept of this.#kept.values()) {
      if (!least || worth(kept) < worth(least)) least = kept;
    }
    if (!least) return;
    const { id, quality } = least.capture;
    this.#options.log.warn({ id, quality }, 'capture shed: the outbox is full and no forwarder takes it');
    this.#forget(id, 'evicted');
  }

  async #nextChange(signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => {
      const wake = () => {
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#changed.push(wake);
      signal.addEventListener('abort', wake);
    });
  }
}

function worth({ sends, capture }: Kept): number {
  return (sends > 0 ? 1 : 0) + capture.quality;
}
