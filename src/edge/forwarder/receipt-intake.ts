import { captureIdTime, isCaptureId } from '../../contract/capture-id.ts';
import { decodeReceipt } from '../../contract/receipts.ts';
import { deviceTopic, parseTopic } from '../../contract/topics.ts';
import { traceIdOf } from '../../contract/trace.ts';
import type { Config } from '../../platform/config/schema.ts';
import { killPoint } from '../../platform/kill-points.ts';
import type { Log } from '../../platform/log.ts';
import type { Message } from '../../platform/mqtt/connection.ts';
import type { Settlement } from '../../platform/spool/protocol.ts';
import type { Spool } from '../../platform/spool/spool.ts';
import type { ForwarderMetrics } from './forwarder-metrics.ts';

export interface ReceiptIntakeOptions {
  readonly config: Pick<Config, 'topicPrefix' | 'spool'>;
  /** This forwarder's name in receipts: its own are never believed. */
  readonly instance: string;
  readonly spool: Pick<Spool, 'settle'>;
  readonly log: Log;
  readonly metrics: ForwarderMetrics;
  /** Somebody has answered for these; called before the disk has noted it, and again for what it did note. */
  readonly onAnswered: (captures: readonly Pick<Settlement, 'id' | 'sha256'>[], isNoted: boolean) => void;
  /** The disk could not note what became of these: they are pending still. */
  readonly onUnnoted: (ids: readonly string[]) => void;
}

/** Takes the receipts of the store, and notes in the spool what became of each capture. */
export class ReceiptIntake {
  readonly #options: ReceiptIntakeOptions;

  constructor(options: ReceiptIntakeOptions) {
    this.#options = options;
  }

  /** Believes a receipt for what it is: id and hash must be our own. */
  receive(message: Message): void {
    const { config, instance } = this.#options;
    const receipt = message.retain ? undefined : decodeReceipt(message.payload);
    if (!receipt || receipt.state === 'held' || receipt.by === instance) return;
    if (!isReceiptTopic(config.topicPrefix, message.topic)) return;
    const { state, reason, by } = receipt;
    const verdict = { state, ...(reason === undefined ? {} : { reason }) };
    void this.#settle(
      receipt.captures.map(([id, sha256]) => ({ id, sha256, ...verdict })),
      by,
    );
  }

  async #settle(settlements: readonly Settlement[], by: string): Promise<void> {
    const { spool, onAnswered, onUnnoted } = this.#options;
    killPoint('forwarder/after-receipt');
    // A receipt makes room for the next capture at once; the disk may take its time.
    onAnswered(settlements, false);
    const changed = await spool.settle(settlements).catch(() => undefined);
    if (!changed) return onUnnoted(settlements.map(({ id }) => id));
    const noted = settlements.filter((_, index) => changed[index] === true);
    // A receipt that came too late for its own send still shows that somebody is there.
    onAnswered(noted, true);
    for (const settlement of noted) this.#tell(settlement, by);
  }

  #tell({ id, state, reason }: Settlement, by: string): void {
    const { config, log, metrics } = this.#options;
    if (state === 'stored') metrics.stored.observe(secondsSince(id));
    if (state !== 'refused') return;
    metrics.refused.inc({ reason: reason ?? 'unknown' });
    log.warn(
      { id, traceId: traceIdOf(id), reason, by, spool: config.spool.path },
      'capture refused by the store; kept in quarantine',
    );
  }
}

/** Topic of the receipts for one device's captures. */
export function receiptsOf(prefix: string, device: string): string {
  return deviceTopic(prefix, device, 'receipts');
}

function isReceiptTopic(prefix: string, topic: string): boolean {
  try {
    return parseTopic(prefix, topic).type === 'receipts';
  } catch {
    return false;
  }
}

function secondsSince(id: string): number {
  return isCaptureId(id) ? Math.max(0, (Date.now() - captureIdTime(id).getTime()) / 1000) : 0;
}
