import type { SpooledCapture } from '../../platform/spool/protocol.ts';
import type { Spool } from '../../platform/spool/spool.ts';

/** Of ten sends, how many are backlog while there is one. */
const BACKLOG_SHARE = 3;
const READ_CAPTURES = 32;
const READ_BYTES = 2 ** 20;
const READ_AHEAD = 12;
/** Newcomers that wait in memory; further ones are read from the spool when it is their turn. */
const MAX_LIVE_BYTES = 2 * 2 ** 20;

/** A capture to be sent. */
export interface Outgoing extends SpooledCapture {
  readonly bytes: number;
  readonly isFirst: boolean;
}

interface Lane {
  /** Captures up to this number were taken. */
  cursor: number;
  buffer: SpooledCapture[];
  filling: Promise<void> | undefined;
}

/**
 * The order in which a spool is sent: what arrived since the connection came about goes before what had piled up, in shares, so that
 * neither holds up the other. What was sent and got no receipt goes to the end of the backlog. What comes in while nothing waits is not
 * read from the spool at all.
 */
export class Lanes {
  readonly #spool: Pick<Spool, 'pending' | 'status'>;
  readonly #live: Lane = { cursor: 0, buffer: [], filling: undefined };
  readonly #backlog: Lane = { cursor: 0, buffer: [], filling: undefined };
  /** Newcomers go straight into the live lane: the spool has nothing between its last one and them. */
  #isCaughtUp = false;
  /** Some came while the spool was being read. */
  #hasMissed = false;
  #liveBytes = 0;
  #boundary = 0;
  #late: string[] = [];
  /** Being given up: not offered, whatever the spool says. */
  readonly #withheld = new Set<string>();
  readonly #onGone: (ids: readonly string[]) => void;
  #turn = 0;
  #restarts = 0;

  /** @param onGone These were given back and are not pending any more. */
  constructor(spool: Pick<Spool, 'pending' | 'status'>, onGone: (ids: readonly string[]) => void = () => undefined) {
    this.#spool = spool;
    this.#onGone = onGone;
  }

  /** A new connection: all that is pending is backlog, nothing is under way. */
  restart(): void {
    this.#restarts += 1;
    this.#boundary = this.#spool.status.lastSeq;
    this.#live.cursor = this.#boundary;
    this.#backlog.cursor = 0;
    for (const lane of [this.#live, this.#backlog]) {
      lane.buffer = [];
      lane.filling = undefined;
    }
    this.#late = [];
    this.#liveBytes = 0;
    this.#isCaughtUp = false;
  }

  /** A capture has come into the spool, or is whole again there. */
  kept(capture: SpooledCapture): void {
    if (capture.seq <= this.#live.cursor) this.giveBack([capture.id]);
    else if (this.#isCaughtUp && this.#liveBytes + capture.body.length <= MAX_LIVE_BYTES) {
      this.#live.buffer.push(capture);
      this.#live.cursor = capture.seq;
      this.#liveBytes += capture.body.length;
    } else {
      this.#isCaughtUp = false;
      this.#hasMissed = true;
    }
  }

  /** These are pending, and not under way any longer. */
  giveBack(ids: readonly string[]): void {
    this.#late.push(...ids);
  }

  /** Forgets these; what is read of them from now on is offered again. */
  withdraw(ids: readonly string[]): void {
    const gone = new Set(ids);
    for (const lane of [this.#live, this.#backlog]) lane.buffer = lane.buffer.filter(({ id }) => !gone.has(id));
    this.#late = this.#late.filter((id) => !gone.has(id));
    this.#liveBytes = this.#live.buffer.reduce((sum, { body }) => sum + body.length, 0);
  }

  /** Offers none of these until they are released. */
  withhold(ids: readonly string[]): void {
    for (const id of ids) this.#withheld.add(id);
  }

  release(ids: readonly string[]): void {
    for (const id of ids) this.#withheld.delete(id);
  }

  isWithheld(id: string): boolean {
    return this.#withheld.has(id);
  }

  /** Resolves when the reads that are under way have ended. */
  async settled(): Promise<void> {
    await Promise.allSettled([this.#live.filling, this.#backlog.filling]);
  }

  /** @throws the disk's error when there is nothing that can be read. */
  async next(): Promise<Outgoing | undefined> {
    const isBacklogsTurn = this.#turn % 10 < BACKLOG_SHARE;
    const lanes = isBacklogsTurn ? [this.#backlog, this.#live] : [this.#live, this.#backlog];
    let fault: unknown;
    for (const lane of lanes) {
      const restarts = this.#restarts;
      try {
        if (lane.buffer.length === 0) await this.#fill(lane);
      } catch (error) {
        // What can be read of the other lane is not held up by it.
        fault = error;
      }
      // The connection changed while the disk was read: the caller asks again.
      if (restarts !== this.#restarts) return undefined;
      const capture = this.#take(lane);
      if (!capture) continue;
      this.#turn += 1;
      // The next ones are read while these are sent. A fault shows when they are needed.
      if (lane.buffer.length === READ_AHEAD) void this.#fill(lane).catch(() => undefined);
      return { ...capture, bytes: capture.body.length, isFirst: capture.sends === 0 };
    }
    if (fault !== undefined) throw fault;
    return undefined;
  }

  #take(lane: Lane): SpooledCapture | undefined {
    for (;;) {
      const capture = lane.buffer.shift();
      if (capture && lane === this.#live) this.#liveBytes = Math.max(0, this.#liveBytes - capture.body.length);
      if (!capture || !this.#withheld.has(capture.id)) return capture;
    }
  }

  #fill(lane: Lane): Promise<void> {
    if (lane === this.#live && this.#isCaughtUp) return Promise.resolve();
    const filling = (lane.filling ?? this.#read(lane)).finally(() => {
      if (lane.filling === filling) lane.filling = undefined;
    });
    lane.filling = filling;
    return filling;
  }

  async #read(lane: Lane): Promise<void> {
    const restarts = this.#restarts;
    const isLive = lane === this.#live;
    this.#hasMissed &&= !isLive;
    const upTo = isLive ? Number.MAX_SAFE_INTEGER : this.#boundary;
    const stretch = { after: lane.cursor, upTo, maxCaptures: READ_CAPTURES, maxBytes: READ_BYTES };
    const read = await this.#spool.pending(stretch);
    if (restarts !== this.#restarts) return;
    if (isLive && read.length === 0) this.#isCaughtUp = !this.#hasMissed;
    lane.cursor = read.at(-1)?.seq ?? lane.cursor;
    const late = isLive || read.length > 0 ? [] : await this.#readLate();
    if (restarts === this.#restarts) lane.buffer.push(...read, ...late);
  }

  /** Receipts that came meanwhile leave gaps: what is still pending may stand behind them. */
  async #readLate(): Promise<SpooledCapture[]> {
    const restarts = this.#restarts;
    while (this.#late.length > 0 && restarts === this.#restarts) {
      // A few at a time: bodies are as large as they are.
      const ids = this.#late.splice(0, 4);
      const read = await this.#readAll(ids);
      const pending = new Set(read.map(({ id }) => id));
      const gone = ids.filter((id) => !pending.has(id));
      if (gone.length > 0) this.#onGone(gone);
      if (read.length > 0) return read.map((capture) => ({ ...capture, sends: Math.max(1, capture.sends) }));
    }
    return [];
  }

  async #readAll(ids: readonly string[]): Promise<readonly SpooledCapture[]> {
    try {
      return await this.#spool.pending({ ids });
    } catch (error) {
      // Read again, when the disk can be read again.
      this.giveBack(ids);
      throw error;
    }
  }
}
