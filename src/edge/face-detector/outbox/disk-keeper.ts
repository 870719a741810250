import { imageProperties } from '../../../contract/image-properties.ts';
import { traceIdOf } from '../../../contract/trace.ts';
import { DeskServer } from '../../../platform/desk/desk-server.ts';
import { openSpoolDesk } from '../../../platform/desk/open-spool-desk.ts';
import type { Log } from '../../../platform/log.ts';
import { errorMessage, SightlineError } from '../../../platform/sightline-error.ts';
import { Spool } from '../../../platform/spool/spool.ts';
import type { Capture } from '../capture.ts';
import {
  type Ending,
  type Keeper,
  type KeeperStatus,
  type KeptCapture,
  type KeptQuery,
  NOTHING_KEPT,
  type ShedCapture,
} from './keeper.ts';

export interface DiskKeeperOptions {
  /** Folder of this detector alone. */
  readonly path: string;
  readonly maxBytes: number;
  readonly minFreeBytes: number;
  readonly keepDays: number;
}

/** Part of the bound. */
const NEARLY = 0.75;

const NEVER_OPENED: KeeperStatus = {
  counts: NOTHING_KEPT,
  gap: 'unknown',
  bytes: 0,
  usedBytes: 0,
  oldestArrivedAtMs: null,
  lastSeq: 0,
  isDiskFull: false,
};

/** Keeps captures in a spool of the detector's own: each is synced to disk before it is sent, and outlives the process. */
export class DiskKeeper implements Keeper {
  readonly type = 'disk';
  readonly #path: string;
  readonly #maxBytes: number;
  readonly #log: Log;
  readonly #spool: Spool;
  /** Sent and not noted yet: only shedding asks for it, so it is written when that is near. */
  readonly #marks = new Set<string>();
  #desk: DeskServer | undefined;
  #isOpen = false;
  /** While it is not open. */
  #lastStatus: KeeperStatus = NEVER_OPENED;

  constructor({ path, maxBytes, minFreeBytes, keepDays }: DiskKeeperOptions, log: Log) {
    this.#path = path;
    this.#maxBytes = maxBytes;
    this.#log = log;
    // What a forwarder refused is in its quarantine; here nobody would look for it.
    this.#spool = new Spool(
      { folder: path, maxBytes, minFreeBytes, keepDays, quarantineMaxBytes: 0 },
      {
        onDamaged: ({ id, bytes, isLost }) =>
          log.error(
            { id, traceId: traceIdOf(id), bytes },
            isLost
              ? 'capture damaged on the disk of the outbox; counted as refused'
              : 'capture can not be read from the disk of the outbox now; kept',
          ),
      },
    );
  }

  async start(onChange: () => void): Promise<void> {
    await this.#spool.start().catch((cause: unknown) => {
      throw cause instanceof SightlineError ? this.#explain(cause) : cause;
    });
    this.#isOpen = true;
    await this.#serveDesk(onChange);
    if (!this.#spool.salvaged) return;
    this.#log.error('index of the outbox was unreadable, older or gone; what is there is being taken over');
    this.#spool.salvaged.then(
      (report) => {
        this.#log.warn(report, 'outbox taken over');
        onChange();
      },
      (error: unknown) =>
        this.#log.error({ reason: errorMessage(error) }, 'outbox not taken over to its end; the next start goes on'),
    );
  }

  async stop(): Promise<void> {
    if (!this.#isOpen) return;
    await this.#desk?.stop();
    await this.#writeMarks();
    this.#lastStatus = this.status;
    this.#isOpen = false;
    await this.#spool.stop();
  }

  get status(): KeeperStatus {
    if (!this.#isOpen) return this.#lastStatus;
    const { counts, gap, pendingBytes, usedBytes, oldestArrivedAtMs, lastSeq, isDiskFull } = this.#spool.status;
    const { pending, held, refused, evicted, released } = counts;
    return {
      counts: { pending, held, refused, evicted, released },
      gap,
      bytes: pendingBytes,
      usedBytes,
      oldestArrivedAtMs,
      lastSeq,
      isDiskFull,
    };
  }

  async put(capture: Capture): Promise<readonly ShedCapture[]> {
    const { id, device, camera, topic, sha256, quality, image, run, seq } = capture;
    const facts = { id, device, camera, topic, sha256, quality, run, runSeq: seq };
    if (this.#isNearlyFull) await this.#writeMarks();
    const result = await this.#spool.put({ ...facts, body: image, isBare: false });
    return result.outcome === 'kept' && result.state === 'evicted' ? [capture] : [];
  }

  async end(endings: readonly Ending[]): Promise<readonly boolean[]> {
    const changed = await this.#spool.settle(endings);
    for (const { id } of endings) this.#marks.delete(id);
    return changed;
  }

  markSent(id: string): void {
    this.#marks.add(id);
  }

  async pending(query: KeptQuery): Promise<readonly KeptCapture[]> {
    const captures = await this.#spool.pending(query);
    return captures.map(({ seq, id, topic, sha256, sends, body }) => ({
      ...{ seq, id, topic, sha256, image: body },
      sends: sends + Number(this.#marks.has(id)),
      properties: imageProperties(body),
    }));
  }

  /** For `sightline spool … --outbox` beside the running detector. */
  async #serveDesk(onChange: () => void): Promise<void> {
    const desk = openSpoolDesk({ spool: this.#spool });
    const drop = async (ids: readonly string[]) => desk.drop(ids).finally(onChange);
    this.#desk = new DeskServer({ desk: { ...desk, drop }, folder: this.#path, log: this.#log });
    await this.#desk.start();
  }

  #explain(cause: SightlineError): SightlineError {
    return new SightlineError(`outbox.path: ${cause.message}`, {
      hint: `Each face-detector needs an outbox folder of its own that it can write, not ${this.#path}: set outbox.path (SIGHTLINE_OUTBOX_PATH).`,
      exitCode: cause.exitCode,
      cause,
    });
  }

  get #isNearlyFull(): boolean {
    const { usedBytes, isDiskFull } = this.#spool.status;
    return isDiskFull || usedBytes > NEARLY * this.#maxBytes;
  }

  /** That a mark is lost costs the order of shedding at worst. */
  async #writeMarks(): Promise<void> {
    if (this.#marks.size === 0) return;
    const ids = [...this.#marks];
    this.#marks.clear();
    await this.#spool.markSent(ids).catch(() => undefined);
  }
}
