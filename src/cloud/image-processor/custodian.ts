import { captureIdTime } from '../../contract/capture-id.ts';
import { IMAGE_MEDIA_TYPES, type ImageFormat } from '../../contract/image/image.ts';
import { type JudgedImage, judge } from '../../contract/judge.ts';
import { bareObjectKey, objectKey, quarantineKey } from '../../contract/object-key.ts';
import type { Verdict } from '../../contract/receipt-batcher.ts';
import { RefusalError } from '../../contract/refusal.ts';
import { isSelfTest, type SelfTestReport, selfTestKey } from '../../contract/self-test.ts';
import { sha256Hex } from '../../contract/sha256.ts';
import { type CaptureAddress, captureAddress, parseTopic } from '../../contract/topics.ts';
import { traceIdOf } from '../../contract/trace.ts';
import { killPoint } from '../../platform/kill-points.ts';
import type { Log } from '../../platform/log.ts';
import { errorMessage } from '../../platform/sightline-error.ts';
import type { ObjectWriter } from './object-writer.ts';
import type { ProcessorMetrics } from './processor-metrics.ts';
import { StoreConflictError, StoreError } from './stores/store-error.ts';

/** An object that was created. */
export interface StoredObject {
  readonly key: string;
  readonly bytes: number;
  /** By the clocks of both machines; undefined for bare images, whose time nobody knows. */
  readonly secondsSinceCapture: number | undefined;
}

export interface CustodianOptions {
  readonly prefix: string;
  /** Device under which bare images are stored. */
  readonly bareDevice: string;
  readonly writer: ObjectWriter;
  readonly log: Log;
  readonly metrics: ProcessorMetrics;
  readonly sendReceipt: (verdict: Verdict) => void;
  readonly onStored?: (object: StoredObject) => void;
  /** Called after each test image. */
  readonly onTested?: () => void;
}

/** Decides what becomes of one message: an object and its receipt, a refusal, or nothing yet (its keeper sends it again). */
export class Custodian {
  readonly #options: CustodianOptions;

  constructor(options: CustodianOptions) {
    this.#options = options;
  }

  /** A message from the captures of a device. Its keeper holds the bytes until a receipt comes, so this never fails. */
  async takeCapture(topic: string, bytes: Buffer, signal: AbortSignal): Promise<void> {
    const { prefix, log, metrics } = this.#options;
    let trace = {};
    try {
      const address = captureAddress(prefix, topic);
      if (address) trace = { traceId: traceIdOf(address.id) };
      const sha256 = sha256Hex(bytes);
      if (!address) return await this.#refuseBare(topic, bytes, sha256, signal);
      const verdict = await this.#storeCapture(topic, address, bytes, sha256, signal);
      this.#options.sendReceipt({ device: address.device, id: address.id, sha256, ...verdict });
    } catch (error) {
      const code = error instanceof StoreError ? error.code : 'defect';
      metrics.givenUp.inc({ code });
      log[code === 'defect' ? 'error' : 'debug'](
        { topic: shorten(topic), ...trace, reason: errorMessage(error) },
        'capture given up',
      );
    }
  }

  /** A bare image. Resolves once the store has it: nobody else does. @throws StoreError */
  async takeBare(topic: string, bytes: Buffer, signal: AbortSignal): Promise<void> {
    const sha256 = sha256Hex(bytes);
    let image: JudgedImage;
    try {
      image = await judge(this.#options.prefix, topic, bytes);
    } catch (error) {
      return this.#refuseBare(topic, bytes, sha256, signal, error);
    }
    const { format } = image.header;
    try {
      await this.#store(
        bareObjectKey(this.#options.bareDevice, sha256, format),
        bytes,
        sha256,
        format,
        undefined,
        signal,
      );
    } catch (error) {
      if (!(error instanceof StoreConflictError)) throw error;
      await this.#refuseBare(topic, bytes, sha256, signal, new RefusalError('conflict', error.message));
    }
  }

  async #storeCapture(
    topic: string,
    address: CaptureAddress,
    bytes: Buffer,
    sha256: string,
    signal: AbortSignal,
  ): Promise<Pick<Verdict, 'state' | 'reason' | 'test'>> {
    const { prefix, log, metrics } = this.#options;
    try {
      const { format } = (await judge(prefix, topic, bytes)).header;
      if (isSelfTest(address)) {
        return { state: 'stored', test: await this.#tryStore(address, bytes, sha256, format, signal) };
      }
      await this.#store(objectKey(address, format), bytes, sha256, format, address.id, signal);
      return { state: 'stored' };
    } catch (error) {
      const refusal = error instanceof StoreConflictError ? new RefusalError('conflict', error.message) : error;
      if (!(refusal instanceof RefusalError)) throw error;
      const { reason, message: detail } = refusal;
      metrics.refused.inc({ kind: 'capture', reason });
      const facts = { topic, traceId: traceIdOf(address.id), sha256, bytes: bytes.length };
      log.info({ ...facts, reason, detail }, 'capture refused');
      return { state: 'refused', reason };
    }
  }

  /** A test image of `sightline doctor`: nothing stays of it, in the store or in what is counted. */
  async #tryStore(
    address: CaptureAddress,
    bytes: Buffer,
    sha256: string,
    format: ImageFormat,
    signal: AbortSignal,
  ): Promise<SelfTestReport> {
    const { writer, log, onTested } = this.#options;
    const facts = { sha256, contentType: IMAGE_MEDIA_TYPES[format] };
    const found = await writer.tryOut(selfTestKey(address), bytes, facts, signal);
    log.info({ device: address.device, id: address.id, ...found }, 'store tested for sightline doctor');
    onTested?.();
    return { at: new Date().toISOString(), ...found };
  }

  async #store(
    key: string,
    bytes: Buffer,
    sha256: string,
    format: ImageFormat,
    captureId: string | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    const { writer, log, metrics, onStored } = this.#options;
    killPoint('processor/before-put');
    const result = await writer.write(key, bytes, { sha256, contentType: IMAGE_MEDIA_TYPES[format] }, signal);
    killPoint('processor/after-put');
    const trace = captureId === undefined ? {} : { traceId: traceIdOf(captureId) };
    log.debug({ key, ...trace, bytes: bytes.length, sha256, result }, 'object stored');
    if (result !== 'created') return;
    const secondsSinceCapture =
      captureId === undefined ? undefined : Math.max(0, Date.now() - captureIdTime(captureId).getTime()) / 1000;
    if (secondsSinceCapture !== undefined) metrics.captureToStoredSeconds.observe(secondsSinceCapture);
    onStored?.({ key, bytes: bytes.length, secondsSinceCapture });
  }

  /** Keeps what may not become an object and has no keeper that a receipt could reach. */
  async #refuseBare(topic: string, bytes: Buffer, sha256: string, signal: AbortSignal, why?: unknown): Promise<void> {
    const { prefix, writer, log, metrics } = this.#options;
    const cause = why ?? refusalOf(prefix, topic);
    const reason = cause instanceof RefusalError ? cause.reason : 'defect';
    const key = quarantineKey(sha256);
    let isNew = false;
    try {
      isNew =
        (await writer.write(key, bytes, { sha256, contentType: 'application/octet-stream' }, signal)) === 'created';
    } catch (error) {
      if (!(error instanceof StoreConflictError)) throw error;
    }
    metrics.refused.inc({ kind: 'bare', reason });
    metrics.quarantined.inc();
    // As the forwarder: somebody should look at it, and once is enough however often it comes.
    log[reason === 'defect' ? 'error' : isNew ? 'warn' : 'debug'](
      { topic: shorten(topic), sha256, bytes: bytes.length, reason, detail: errorMessage(cause), key },
      'message quarantined',
    );
  }
}

function refusalOf(prefix: string, topic: string): RefusalError {
  try {
    parseTopic(prefix, topic);
  } catch (error) {
    if (error instanceof RefusalError) return error;
    throw error;
  }
  return new RefusalError('bad-topic', 'Expected a topic of captures');
}

function shorten(topic: string): string {
  return topic.slice(0, 200);
}
