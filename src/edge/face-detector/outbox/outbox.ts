import { decodeReceipt } from '../../../contract/receipts.ts';
import { traceIdOf } from '../../../contract/trace.ts';
import { pause } from '../../../platform/backoff.ts';
import { killPoint } from '../../../platform/kill-points.ts';
import type { Message } from '../../../platform/mqtt/connection.ts';
import type { Capture } from '../capture.ts';
import { Dispatch, type DispatchOptions } from './dispatch.ts';
import { type Ending, type KeeperStatus, NOTHING_KEPT, type ShedCapture } from './keeper.ts';

const WRITE_AGAIN_MS = 1_000;
const ENDS = ['held', 'refused', 'evicted', 'released'] as const;

export type OutboxOptions = Omit<DispatchOptions, 'onAcknowledged' | 'onIdle'>;

/** How captures left the outbox in this run. */
export type OutboxCounts = Readonly<Record<(typeof ENDS)[number], number>>;

/** The first keeper of a capture: has it in memory or on disk until the forwarder, which is the next, has it on its own. */
export class Outbox {
  readonly #options: OutboxOptions;
  readonly #dispatch: Dispatch;
  #before = NOTHING_KEPT;
  /** What the metrics have of the counts. */
  #counted = NOTHING_KEPT;
  /** Told as shed. */
  #evicted = 0;
  #isShedding = false;
  #diskFault = '';
  #changed: (() => void)[] = [];

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#dispatch = new Dispatch({
      ...options,
      onAcknowledged: ({ id, sha256 }) => {
        if (options.config.edge.dialect === 'bare') void this.#end([{ id, sha256, state: 'released' }]);
      },
      onIdle: () => this.#tell(),
    });
  }

  /** @throws SightlineError when its disk can't be used. */
  async start(): Promise<void> {
    const { keeper, log } = this.#options;
    await keeper.start(() => this.#noteChange());
    this.#before = keeper.status.counts;
    this.#counted = this.#before;
    this.#evicted = this.#before.evicted;
    if (this.resumed > 0) log.info({ captures: this.resumed }, 'captures of an earlier run go on');
    this.#dispatch.start();
  }

  /** Sends nothing more; receipts are still taken. */
  async stopSending(): Promise<void> {
    await this.#dispatch.stop();
  }

  async stop(): Promise<void> {
    await this.#dispatch.stop();
    await this.#options.keeper.stop();
  }

  linkUp(): void {
    this.#dispatch.wake();
  }

  linkDown(): void {
    this.#dispatch.cut();
  }

  /**
   * Keeps a capture, shedding what is worth least when there is no room. A source that can wait waits for room instead, and for a disk
   * that takes no writes. Returns false when the disk did not take it: then it is lost.
   */
  async put(capture: Capture, canWait: boolean, signal: AbortSignal): Promise<boolean> {
    if (canWait) await this.#room(signal);
    let error = await this.#tryPut(capture);
    if (error) this.#noteFault(capture.id, error);
    while (error && canWait && !signal.aborted) {
      await pause(WRITE_AGAIN_MS, signal);
      error = await this.#tryPut(capture);
    }
    return error === undefined;
  }

  /**
   * Resolves when everything was let go, or the signal is aborted.
   * @throws SightlineError when nothing of the rest can go as it is, unless it is to be waited for
   */
  async empty(ifStuck: 'wait' | 'throw', signal: AbortSignal): Promise<void> {
    while (this.captures > 0 && !signal.aborted) {
      const obstacle = ifStuck === 'throw' ? this.#dispatch.obstacle : undefined;
      if (obstacle) throw obstacle;
      await this.#nextChange(signal);
    }
  }

  /** Takes a receipt: what is not its own by id and hash changes nothing. */
  async receive(message: Message): Promise<void> {
    const receipt = message.retain ? undefined : decodeReceipt(message.payload);
    if (!receipt) return;
    const { captures, by, reason } = receipt;
    // What is stored is held as well; which of the two is the forwarder's to know.
    const state = receipt.state === 'refused' ? 'refused' : 'held';
    const verdict = { state, ...(reason === undefined ? {} : { reason }) } as const;
    await this.#end(
      captures.map(([id, sha256]) => ({ id, sha256, ...verdict })),
      by,
    );
  }

  get status(): KeeperStatus {
    return this.#options.keeper.status;
  }

  get counts(): OutboxCounts {
    const { counts } = this.status;
    const since = (state: keyof typeof counts) => counts[state] - this.#before[state];
    return { held: since('held'), refused: since('refused'), evicted: since('evicted'), released: since('released') };
  }

  get captures(): number {
    return this.status.counts.pending;
  }

  /** What an earlier run left behind. */
  get resumed(): number {
    return this.#before.pending;
  }

  get oldestAgeSeconds(): number {
    const { oldestArrivedAtMs } = this.status;
    return oldestArrivedAtMs === null ? 0 : Math.max(0, (Date.now() - oldestArrivedAtMs) / 1000);
  }

  get tooLarge(): number {
    return this.#dispatch.tooLarge;
  }

  get suspects(): number {
    return this.#dispatch.suspects;
  }

  /** For people. `isWell` is false while its disk takes no writes; to be full is not to be unwell. */
  get condition(): { readonly isWell: boolean; readonly detail: string } {
    if (this.#diskFault) return { isWell: false, detail: this.#diskFault };
    const waiting = `${this.#options.keeper.type}, ${this.captures} ${this.captures === 1 ? 'capture waits' : 'captures wait'}`;
    return { isWell: true, detail: this.#isShedding ? `${waiting}; full: the least worth is shed` : waiting };
  }

  /** Half: what several cameras make at the same time fits into the rest. Waiting for what can't go would never end. */
  async #room(signal: AbortSignal): Promise<void> {
    const { maxBytes } = this.#options.config.outbox;
    const isFull = () => this.captures > 0 && (this.status.usedBytes > maxBytes / 2 || this.status.isDiskFull);
    while (isFull() && !this.#dispatch.obstacle && !signal.aborted) await this.#nextChange(signal);
  }

  async #tryPut(capture: Capture): Promise<Error | undefined> {
    try {
      const shed = await this.#options.keeper.put(capture);
      killPoint('detector/after-capture');
      this.#diskFault = '';
      this.#noteShed(shed);
      this.#dispatch.wake();
      return undefined;
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  #noteFault(id: string, { message: reason }: Error): void {
    const { log, metrics } = this.#options;
    metrics.commitFailures.inc();
    log.error({ id, traceId: traceIdOf(id), reason }, 'outbox could not be written; the capture is not kept');
    this.#diskFault = reason;
  }

  #noteShed(shed: readonly ShedCapture[]): void {
    const { log, metrics } = this.#options;
    const { counts, isDiskFull } = this.status;
    const captures = counts.evicted - this.#evicted;
    this.#evicted = counts.evicted;
    this.#isShedding = captures > 0;
    if (captures === 0) return;
    metrics.evicted.inc({ reason: isDiskFull ? 'disk-full' : 'full' }, captures);
    for (const { id, quality } of shed) {
      const facts = { id, traceId: traceIdOf(id), quality };
      log.warn(facts, 'capture shed: the outbox is full and no forwarder takes it');
    }
    // A spool does not say which of those that it had: its rows do.
    if (captures > shed.length)
      log.warn({ captures: captures - shed.length }, 'captures shed: the outbox is full and no forwarder takes them');
    this.#dispatch.shed(shed.map(({ id }) => id));
    this.#tell();
  }

  /** Captures came or went without our doing. */
  #noteChange(): void {
    const { evicted } = this.status.counts;
    if (evicted > this.#evicted) this.#options.metrics.evicted.inc({ reason: 'operator' }, evicted - this.#evicted);
    this.#evicted = evicted;
    this.#dispatch.shed([]);
    this.#tell();
  }

  async #end(endings: readonly Ending[], by?: string): Promise<void> {
    const { keeper, log } = this.#options;
    const changed = await keeper.end(endings).catch(() => undefined);
    // A disk that can't note it leaves the captures under way: they will be late, go again and be answered again.
    if (!changed) return;
    for (const [index, { id, sha256, state, reason }] of endings.entries()) {
      const isOurs = changed[index] === true;
      if (isOurs && state === 'refused') log.warn({ id, traceId: traceIdOf(id), reason, by }, 'capture refused');
      // An answer that came too late for its own send still shows that somebody is there.
      if (isOurs || this.#dispatch.has(id, sha256)) this.#dispatch.receipted(id);
    }
    this.#tell();
  }

  /** From the keeper's counts: a damaged capture ends without anybody's word. */
  #count(): void {
    const { counts } = this.status;
    for (const state of ENDS) {
      const captures = counts[state] - this.#counted[state];
      if (captures > 0) this.#options.metrics.settled.inc({ state }, captures);
    }
    this.#counted = counts;
  }

  #tell(): void {
    this.#count();
    for (const wake of this.#changed.splice(0)) wake();
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
