import type { Socket } from 'node:net';

/** How one direction of a link is. */
export interface LineConditions {
  /** Time that each byte is under way. */
  readonly latencyMs: number;
  /** Shared by all connections. Infinity: as fast as this machine. */
  readonly bytesPerSecond: number;
  /** Bytes come in pieces of at most so many, each in a turn of its own. Infinity: as they were sent. */
  readonly sliceBytes: number;
  /** Of segments of 1,460 bytes, the share that is lost at first: TCP sends it again, and all behind it waits so long. */
  readonly lossRatio: number;
}

export const PERFECT_LINE: LineConditions = {
  latencyMs: 0,
  bytesPerSecond: Number.POSITIVE_INFINITY,
  sliceBytes: Number.POSITIVE_INFINITY,
  lossRatio: 0,
};

const SEGMENT_BYTES = 1_460;
/** Linux' least time until it sends a lost segment again. */
const RETRANSMISSION_MS = 200;
/** What a router queues before it pushes back. */
const ROUTER_BYTES = 64 * 1024;
/** What TCP lets be under way. */
const WINDOW_BYTES = 8 * 2 ** 20;

/** What the connections of one direction share: the line's rate and its losses. */
export class Line {
  conditions = PERFECT_LINE;
  readonly #random: () => number;
  #freeAtMs = 0;

  constructor(random: () => number) {
    this.#random = random;
  }

  get isPerfect(): boolean {
    const { latencyMs, bytesPerSecond, sliceBytes, lossRatio } = this.conditions;
    return latencyMs === 0 && lossRatio === 0 && Math.min(bytesPerSecond, sliceBytes) === Number.POSITIVE_INFINITY;
  }

  /** Bytes that wait for the line. */
  get queuedBytes(): number {
    const waitMs = this.#freeAtMs - performance.now();
    return waitMs <= 0 ? 0 : (waitMs / 1000) * this.conditions.bytesPerSecond;
  }

  get isCongested(): boolean {
    return this.queuedBytes > ROUTER_BYTES;
  }

  /** When bytes that come now are at the other end. */
  arrivalMs(bytes: number): number {
    const { latencyMs, bytesPerSecond, lossRatio } = this.conditions;
    const nowMs = performance.now();
    this.#freeAtMs = Math.max(nowMs, this.#freeAtMs) + (bytes / bytesPerSecond) * 1000;
    const isLost = lossRatio > 0 && this.#random() > (1 - lossRatio) ** Math.ceil(bytes / SEGMENT_BYTES);
    return this.#freeAtMs + latencyMs + (isLost ? Math.max(RETRANSMISSION_MS, 2 * latencyMs) : 0);
  }
}

export interface LaneOptions {
  readonly from: Socket;
  readonly to: Socket;
  readonly line: Line;
  readonly onBytes: (chunk: Buffer) => void;
}

/** One direction of one connection: bytes in order, late, slow or not at all. */
export class Lane {
  readonly #options: LaneOptions;
  #queue: { readonly chunk: Buffer; readonly dueMs: number }[] = [];
  #queuedBytes = 0;
  #lastDueMs = 0;
  #timer: NodeJS.Timeout | undefined;
  #turn: NodeJS.Immediate | undefined;
  #hasEnded = false;
  #isSilent = false;

  constructor(options: LaneOptions) {
    this.#options = options;
  }

  start(): void {
    const { from, to } = this.#options;
    from.on('data', (chunk: Buffer) => this.#take(chunk));
    from.on('end', () => {
      this.#hasEnded = true;
      this.#pump();
    });
    to.on('drain', () => this.#pump());
  }

  /** Nothing passes until it is told otherwise; what is under way waits, as TCP's would. */
  silence(isSilent: boolean): void {
    this.#isSilent = isSilent;
    this.#pump();
  }

  stop(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#turn);
    this.#queue = [];
    this.#isSilent = true;
  }

  #take(chunk: Buffer): void {
    const { line } = this.#options;
    const { bytesPerSecond, sliceBytes } = line.conditions;
    if (line.isPerfect && this.#queue.length === 0 && !this.#isSilent) {
      this.#deliver(chunk);
      return;
    }
    // Small enough for an even flow of about fifty pieces a second.
    const pieceBytes = Math.max(1, Math.min(sliceBytes, bytesPerSecond / 50, chunk.length));
    for (let at = 0; at < chunk.length; at += Math.ceil(pieceBytes)) {
      const piece = chunk.subarray(at, at + Math.ceil(pieceBytes));
      this.#lastDueMs = Math.max(this.#lastDueMs, line.arrivalMs(piece.length));
      this.#queue.push({ chunk: piece, dueMs: this.#lastDueMs });
      this.#queuedBytes += piece.length;
    }
    this.#pump();
  }

  #deliver(chunk: Buffer): void {
    const { from, to, onBytes } = this.#options;
    onBytes(chunk);
    if (to.writable && !to.write(chunk)) from.pause();
  }

  /** A timer's least wait is a millisecond: too long for each of a thousand slices. */
  #later(ms: number): void {
    if (ms > 0) this.#timer = setTimeout(() => this.#pump(), ms);
    else this.#turn = setImmediate(() => this.#pump());
  }

  #pump(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#turn);
    const { from, to, line } = this.#options;
    if (this.#isSilent) {
      from.pause();
      return;
    }
    const nowMs = performance.now();
    for (let head = this.#queue[0]; head && head.dueMs <= nowMs && !to.writableNeedDrain; head = this.#queue[0]) {
      this.#queue.shift();
      this.#queuedBytes -= head.chunk.length;
      this.#deliver(head.chunk);
      if (line.conditions.sliceBytes < Number.POSITIVE_INFINITY) break;
    }
    const head = this.#queue[0];
    const isFull = this.#queuedBytes > WINDOW_BYTES || (this.#queue.length > 0 && line.isCongested);
    if (isFull || to.writableNeedDrain) from.pause();
    else from.resume();
    if (head && !to.writableNeedDrain) this.#later(head.dueMs - nowMs);
    if (!head && this.#hasEnded && !to.writableEnded) to.end();
  }
}
