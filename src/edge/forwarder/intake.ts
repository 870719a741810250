import type { CaptureFacts } from '../../contract/capture-facts.ts';
import { bareCaptureId, captureIdTime } from '../../contract/capture-id.ts';
import { judgeByHeader } from '../../contract/judge.ts';
import { BARE_CAMERA } from '../../contract/names.ts';
import type { ReceiptBatcher } from '../../contract/receipt-batcher.ts';
import { RefusalError, type RefusalReason } from '../../contract/refusal.ts';
import { sha256Hex } from '../../contract/sha256.ts';
import { type CaptureAddress, captureAddress, captureTopic } from '../../contract/topics.ts';
import { traceIdOf } from '../../contract/trace.ts';
import type { Log } from '../../platform/log.ts';
import type { Message } from '../../platform/mqtt/connection.ts';
import type { PutResult, SpoolCapture, SpooledCapture } from '../../platform/spool/protocol.ts';
import type { Spool } from '../../platform/spool/spool.ts';
import type { ForwarderMetrics } from './forwarder-metrics.ts';

/** What a bare image is worth when the spool is full: nothing is known of it. */
const UNKNOWN_QUALITY = 0.5;

export interface IntakeOptions {
  readonly prefix: string;
  /** This device: bare images get its name. */
  readonly device: string;
  readonly spool: Spool;
  readonly receipts: ReceiptBatcher;
  readonly log: Log;
  readonly metrics: ForwarderMetrics;
  /** Something new is in the spool. */
  readonly onKept: (capture: SpooledCapture) => void;
}

/** Takes captures and bare images from the edge broker into the spool, and says `held` once they are on disk. */
export class Intake {
  readonly #options: IntakeOptions;

  constructor(options: IntakeOptions) {
    this.#options = options;
  }

  /** Resolves when the message is on disk, or was known. Rejects when the disk could not take it: then nobody may forget it. */
  async take({ topic, payload }: Message): Promise<void> {
    const { prefix } = this.#options;
    const sha256 = sha256Hex(payload);
    try {
      // Checksums and pixels are for the processor to judge: what it refuses comes back here, into quarantine.
      const { address, facts } = judgeByHeader(prefix, topic, payload);
      if (address) await this.#keepCapture(address, facts, topic, payload, sha256);
      else await this.#keepBare(payload, sha256);
    } catch (error) {
      if (!(error instanceof RefusalError)) throw error;
      await this.#refuse(topic, payload, sha256, error.reason, error.message);
    }
  }

  async #keepCapture(
    address: CaptureAddress,
    facts: CaptureFacts | undefined,
    topic: string,
    payload: Buffer,
    sha256: string,
  ): Promise<void> {
    const { spool, receipts, metrics } = this.#options;
    const { device, id } = address;
    const { quality = UNKNOWN_QUALITY, run, seq } = facts ?? {};
    const numbered = run === undefined || seq === undefined ? {} : { run, runSeq: seq };
    const capture = { ...spoolCapture({ ...address, topic, sha256, payload, quality }), ...numbered };
    const result = await spool.put(capture);
    if (result.outcome === 'conflict') {
      throw new RefusalError('conflict', `Expected the bytes that capture ${id} had when it first came, got others`);
    }
    this.#count('capture', result);
    receipts.add({ device, id, sha256, ...verdict(result) });
    metrics.held.observe(Math.max(0, (Date.now() - captureIdTime(id).getTime()) / 1000));
    this.#tell(capture, result);
  }

  async #keepBare(payload: Buffer, sha256: string): Promise<void> {
    const { prefix, device, spool, log } = this.#options;
    const id = bareCaptureId(new Date(), sha256);
    const topic = captureTopic(prefix, { device, camera: BARE_CAMERA, id });
    const address = { device, camera: BARE_CAMERA, id };
    const capture = { ...spoolCapture({ ...address, topic, sha256, payload, quality: UNKNOWN_QUALITY }), isBare: true };
    const result = await spool.put(capture);
    this.#count('bare', result);
    if (result.outcome === 'kept') log.debug({ id, sha256, bytes: payload.length }, 'bare image kept');
    this.#tell(capture, result);
  }

  #tell({ id, device, topic, sha256, body }: SpoolCapture, result: PutResult): void {
    if (result.outcome !== 'kept' || result.state !== 'pending') return;
    this.#options.onKept({ seq: result.seq, id, device, topic, sha256, body, sends: 0 });
  }

  /** Keeps what was refused in quarantine: this is the last durable keeper of its bytes. */
  async #refuse(topic: string, payload: Buffer, sha256: string, reason: RefusalReason, detail: string): Promise<void> {
    const { prefix, device: own, spool, receipts, log, metrics } = this.#options;
    const address = captureAddress(prefix, topic);
    const isConflict = reason === 'conflict';
    // What has no address of its own, or one that another has, is known by its hash.
    const kept =
      address && !isConflict ? address : { device: own, camera: BARE_CAMERA, id: bareCaptureId(new Date(), sha256) };
    const capture = spoolCapture({ ...kept, topic: topic.slice(0, 512), sha256, payload, quality: UNKNOWN_QUALITY });
    const result = await spool.put({ ...capture, isBare: kept !== address, refusedFor: reason });
    metrics.refused.inc({ reason });
    if (result.outcome === 'kept')
      log.warn(
        { reason, detail, sha256, bytes: payload.length, ...(address ? { traceId: traceIdOf(address.id) } : {}) },
        'message refused',
      );
    if (address) receipts.add({ device: address.device, id: address.id, sha256, state: 'refused', reason });
  }

  #count(kind: 'capture' | 'bare', result: PutResult): void {
    const { metrics } = this.#options;
    metrics.received.inc({ kind });
    if (result.outcome === 'known') metrics.duplicates.inc({ kind });
  }
}

type Kept = CaptureAddress & { topic: string; sha256: string; payload: Buffer; quality: number };

function spoolCapture({ payload, ...rest }: Kept): SpoolCapture {
  return { ...rest, body: payload, isBare: false };
}

function verdict(result: Exclude<PutResult, { outcome: 'conflict' }>): {
  state: 'held' | 'stored' | 'refused';
  reason?: RefusalReason;
} {
  if (result.state === 'stored') return { state: 'stored' };
  if (result.state === 'refused') return { state: 'refused', reason: (result.reason ?? 'damaged') as RefusalReason };
  return { state: 'held' };
}
