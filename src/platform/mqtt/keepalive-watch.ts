/** How finely silence is measured: in eighths of the keepalive. */
const TICKS = 8;
/** After so much silence the other side is asked; half a keepalive later at the earliest it is given up. */
const ASK_TICKS = (TICKS * 3) / 4;
const DEAD_TICKS = (TICKS * 11) / 8;

/** What is looked at of a TCP or TLS socket. */
export interface WatchedStream {
  readonly bytesRead: number;
  /** Counts what still waits to be sent, too. */
  readonly bytesWritten: number;
  readonly writableLength: number;
  readonly _handle?: { readonly bytesWritten?: number; readonly writeQueueSize?: number } | null;
}

export interface KeepaliveWatchOptions {
  readonly stream: WatchedStream;
  /** As the broker knows it; 0: none. */
  readonly keepaliveMs: number;
  readonly ping: () => void;
  /** Does a message wait for us, so that nothing is read meanwhile? */
  readonly isHolding: () => boolean;
  /** Longest that an answer may take because it waits behind what was written before. */
  readonly longestWriteMs: () => number;
  readonly onDead: () => void;
}

/**
 * Notices that a connection is dead, and keeps one alive that is merely slow. mqtt.js counts the time from its PINGREQ to the answer;
 * on a slow line the PINGREQ waits behind a megabyte of captures, and the connection is killed for being busy. Here bytes are life:
 * whatever comes in, and whatever goes out while more waits behind it (a kernel whose buffer was full takes more only after the other
 * side has acknowledged some). Only silence in both directions is death.
 */
export class KeepaliveWatch {
  readonly #options: KeepaliveWatchOptions;
  #timer: NodeJS.Timeout | undefined;
  #read = 0;
  #written = 0;
  #taken = 0;
  /** Counted in ticks, not by the clock: a process that was stopped for a minute has not listened for a minute. */
  #ticksUnheard = 0;
  #ticksUnspoken = 0;

  constructor(options: KeepaliveWatchOptions) {
    this.#options = options;
  }

  start(): void {
    const { keepaliveMs } = this.#options;
    if (keepaliveMs > 0) this.#timer = setInterval(() => this.#look(), keepaliveMs / TICKS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const { stream, isHolding, ping, onDead } = this.#options;
    const { bytesRead, bytesWritten } = stream;
    const taken = takenBytes(stream);
    const hasDrained = this.#written > this.#taken && taken > this.#taken;
    const hasLife = bytesRead > this.#read || hasDrained || isHolding();
    this.#ticksUnheard = hasLife ? 0 : this.#ticksUnheard + 1;
    this.#ticksUnspoken = bytesWritten > this.#written ? 0 : this.#ticksUnspoken + 1;
    this.#read = bytesRead;
    this.#written = bytesWritten;
    this.#taken = taken;
    const isQueueing = bytesWritten > taken;
    if (this.#ticksUnheard >= this.#deadTicks(isQueueing)) {
      onDead();
      return;
    }
    // Behind a queue a ping asks nothing that the queue does not show; the broker sees our bytes.
    const isDue = this.#ticksUnspoken >= ASK_TICKS || this.#ticksUnheard === ASK_TICKS;
    if (isDue && !isQueueing) {
      ping();
      this.#ticksUnspoken = 0;
    }
  }

  /** What the kernel took is out of sight: there an answer is late only once a line as slow as this one would have carried it. */
  #deadTicks(isQueueing: boolean): number {
    const { keepaliveMs, longestWriteMs } = this.#options;
    if (isQueueing) return DEAD_TICKS;
    return Math.max(DEAD_TICKS, ASK_TICKS + Math.ceil((longestWriteMs() * TICKS) / keepaliveMs));
  }
}

/**
 * Bytes that the kernel has taken. Node counts whole writes only, and a write may be megabytes; libuv's queue knows each byte
 * (undocumented, but what socket.setTimeout itself looks at to tell a slow write from none).
 */
function takenBytes({ _handle, bytesWritten, writableLength }: WatchedStream): number {
  if (_handle?.bytesWritten === undefined || _handle.writeQueueSize === undefined) return bytesWritten - writableLength;
  return _handle.bytesWritten - _handle.writeQueueSize;
}
