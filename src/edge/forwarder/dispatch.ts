import { captureIdTime, isCaptureId } from '../../contract/capture-id.ts';
import { decodeReceipt } from '../../contract/receipts.ts';
import { isSelfTest } from '../../contract/self-test.ts';
import { captureAddress, deviceTopic, parseTopic } from '../../contract/topics.ts';
import { traceIdOf } from '../../contract/trace.ts';
import { pause } from '../../platform/backoff.ts';
import type { Config } from '../../platform/config/schema.ts';
import { Courier, PACKET_OVERHEAD_BYTES } from '../../platform/delivery/courier.ts';
import { SendWindow } from '../../platform/delivery/send-window.ts';
import type { Suspect } from '../../platform/delivery/suspects.ts';
import { killPoint } from '../../platform/kill-points.ts';
import type { Log } from '../../platform/log.ts';
import type { Message } from '../../platform/mqtt/connection.ts';
import type { MqttLink } from '../../platform/mqtt/link.ts';
import { errorMessage } from '../../platform/sightline-error.ts';
import type { Settlement, SpooledCapture } from '../../platform/spool/protocol.ts';
import type { Spool } from '../../platform/spool/spool.ts';
import type { ForwarderMetrics } from './forwarder-metrics.ts';
import { Lanes, type Outgoing } from './lanes.ts';
import { mirroredProperties } from './mirrored-properties.ts';
import { SentMarks } from './sent-marks.ts';

const READ_AGAIN_MS = 5_000;

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
  /** Kept, since it is larger than may be sent. */
  readonly #oversize = new Set<string>();
  readonly #stopping = new AbortController();

  constructor(options: DispatchOptions) {
    this.#options = options;
    const { config, link, log, spool } = options;
    this.#lanes = new Lanes(spool);
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
    return this.#oversize.size;
  }

  /** The operator wants these to be sent at once. Returns how many had been set aside. */
  retry(ids: readonly string[]): number {
    this.#lanes.giveBack(ids);
    return this.#courier.retry(ids);
  }

  linkUp(): void {
    this.#lanes.restart();
    this.#courier.wake();
  }

  linkDown(): void {
    this.#courier.cut();
  }

  /** Believes a receipt for what it is: id and hash must be our own. */
  receive(message: Message): void {
    const receipt = message.retain ? undefined : decodeReceipt(message.payload);
    if (!receipt || receipt.state === 'held' || receipt.by === this.#options.instance) return;
    if (!this.#isReceiptTopic(message.topic)) return;
    const { state, reason, by } = receipt;
    const verdict = { state, ...(reason === undefined ? {} : { reason }) };
    void this.#settle(
      receipt.captures.map(([id, sha256]) => ({ id, sha256, ...verdict })),
      by,
    );
  }

  async #settle(settlements: readonly Settlement[], by: string): Promise<void> {
    const { config, spool, log, metrics } = this.#options;
    killPoint('forwarder/after-receipt');
    // A receipt makes room for the next capture at once; the disk may take its time.
    for (const { id, sha256 } of settlements) if (this.#underWay.get(id) === sha256) this.#finished(id);
    const changed = await spool.settle(settlements).catch(() => undefined);
    if (!changed) return this.#sendAgainLater(settlements.map(({ id }) => id));
    for (const [index, { id, state, reason }] of settlements.entries()) {
      if (changed[index] !== true) continue;
      // A receipt that came too late for its own send still shows that somebody is there.
      this.#finished(id);
      if (state === 'stored') metrics.stored.observe(secondsSince(id));
      if (state === 'refused') {
        metrics.refused.inc({ reason: reason ?? 'unknown' });
        log.warn(
          { id, traceId: traceIdOf(id), reason, by, spool: config.spool.path },
          'capture refused by the store; kept in quarantine',
        );
      }
    }
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
      if (config.cloud.dialect === 'bare' && isTestImage(config.topicPrefix, capture.topic)) {
        // To whoever reads bare images it would be a face.
        await spool.settle([{ id: capture.id, sha256: capture.sha256, state: 'released' }]);
        continue;
      }
      if (capture.bytes <= maximum) return capture;
      // The broker would cut the connection: it stays here and goes when it may, after the next connection.
      const { id, bytes } = capture;
      if (!this.#oversize.has(id))
        log.warn(
          { id, traceId: traceIdOf(id), bytes, maximum },
          'capture larger than the cloud broker or send.maxBytes allows; kept',
        );
      this.#oversize.add(id);
    }
  }

  async #send(capture: Outgoing): Promise<void> {
    const { config, link, metrics } = this.#options;
    const { id, topic, sha256, body: payload, isFirst } = capture;
    this.#underWay.set(id, sha256);
    killPoint('forwarder/before-send');
    const isBare = config.cloud.dialect === 'bare';
    metrics.sent.inc();
    if (!isFirst) metrics.resent.inc();
    const sending = link.publish(isBare ? config.topicPrefix : topic, payload, {
      qos: config.cloud.qos,
      ...mirroredProperties(config.topicPrefix, topic, payload),
    });
    killPoint('forwarder/after-send');
    await sending;
    killPoint('forwarder/after-puback');
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

  #isReceiptTopic(topic: string): boolean {
    try {
      return parseTopic(this.#options.config.topicPrefix, topic).type === 'receipts';
    } catch {
      return false;
    }
  }
}

/** Topic of the receipts for one device's captures. */
export function receiptsOf(prefix: string, device: string): string {
  return deviceTopic(prefix, device, 'receipts');
}

function isTestImage(prefix: string, topic: string): boolean {
  const address = captureAddress(prefix, topic);
  return address !== undefined && isSelfTest(address);
}

function secondsSince(id: string): number {
  return isCaptureId(id) ? Math.max(0, (Date.now() - captureIdTime(id).getTime()) / 1000) : 0;
}
