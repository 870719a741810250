import type { SpooledCapture } from '../../platform/spool/protocol.ts';
import type { Spool } from '../../platform/spool/spool.ts';

/** Of ten sends, how many are backlog while there is one. */
const BACKLOG_SHARE = 3;
const READ_CAPTURES = 32;
const READ_BYTES = 2 * 2 ** 20;

/** A capture to be sent. */
export interface Outgoing extends SpooledCapture {
  readonly bytes: number;
  readonly isFirst: boolean;
}

interface Lane {
  /** Captures up to this number were read. */
  cursor: number;
  buffer: SpooledCapture[];
}

/**
 * The order in which a spool is sent: what arrived since the connection came about goes before what had piled up, in shares, so that
 * neither holds up the other. What was sent and got no receipt goes to the end of the backlog.
 */
export class Lanes {
  readonly #spool: Pick<Spool, 'pending' | 'status'>;
  readonly #live: Lane = { cursor: 0, buffer: [] };
  readonly #backlog: Lane = { cursor: 0, buffer: [] };
  #boundary = 0;
  #late: string[] = [];
  #turn = 0;
  #restarts = 0;

  constructor(spool: Pick<Spool, 'pending' | 'status'>) {
    this.#spool = spool;
  }

  /** A new connection: all that is pending is backlog, nothing is under way. */
  restart(): void {
    this.#restarts += 1;
    this.#boundary = this.#spool.status.lastSeq;
    this.#live.cursor = this.#boundary;
    this.#backlog.cursor = 0;
    this.#live.buffer = [];
    this.#backlog.buffer = [];
    this.#late = [];
  }

  /** These got no receipt in time. */
  giveBack(ids: readonly string[]): void {
    this.#late.push(...ids);
  }

  async next(): Promise<Outgoing | undefined> {
    const isBacklogsTurn = this.#turn % 10 < BACKLOG_SHARE;
    const lanes = isBacklogsTurn ? [this.#backlog, this.#live] : [this.#live, this.#backlog];
    for (const lane of lanes) {
      const restarts = this.#restarts;
      if (lane.buffer.length === 0) await this.#fill(lane);
      // The connection changed while the disk was read: the caller asks again.
      if (restarts !== this.#restarts) return undefined;
      const capture = lane.buffer.shift();
      if (!capture) continue;
      this.#turn += 1;
      return { ...capture, bytes: capture.body.length, isFirst: capture.sends === 0 };
    }
    return undefined;
  }

  async #fill(lane: Lane): Promise<void> {
    const restarts = this.#restarts;
    const upTo = lane === this.#live ? Number.MAX_SAFE_INTEGER : this.#boundary;
    let read: readonly SpooledCapture[] = await this.#spool.pending({
      after: lane.cursor,
      upTo,
      maxCaptures: READ_CAPTURES,
      maxBytes: READ_BYTES,
    });
    const isLate = read.length === 0 && lane === this.#backlog;
    // Receipts that came meanwhile leave gaps: what is still pending may stand behind them.
    while (isLate && read.length === 0 && this.#late.length > 0 && restarts === this.#restarts) {
      // A few at a time: bodies are as large as they are.
      const ids = this.#late.splice(0, 4);
      read = (await this.#spool.pending({ ids })).map((capture) => ({ ...capture, sends: Math.max(1, capture.sends) }));
    }
    if (restarts !== this.#restarts) return;
    if (!isLate) lane.cursor = read.at(-1)?.seq ?? lane.cursor;
    lane.buffer.push(...read);
  }
}
