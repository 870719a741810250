import type { Capture } from '../capture.ts';
import {
  type Ending,
  type Keeper,
  type KeeperStatus,
  type KeptCapture,
  type KeptQuery,
  NOTHING_KEPT,
} from './keeper.ts';

interface Entry {
  readonly seq: number;
  readonly capture: Capture;
  readonly arrivedAtMs: number;
  sends: number;
}

/** Keeps captures in memory: they die with the process. */
export class MemoryKeeper implements Keeper {
  readonly type = 'memory';
  readonly #maxBytes: number;
  /** In order of arrival. */
  readonly #entries = new Map<string, Entry>();
  readonly #counts = { ...NOTHING_KEPT };
  #bytes = 0;
  #lastSeq = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  async start(): Promise<void> {}

  async stop(): Promise<void> {}

  get status(): KeeperStatus {
    const [oldest] = this.#entries.values();
    const pending = this.#entries.size;
    const { held, refused, evicted, released } = this.#counts;
    return {
      counts: { ...this.#counts, pending },
      gap: this.#lastSeq - (pending + held + refused + evicted + released),
      bytes: this.#bytes,
      usedBytes: this.#bytes,
      oldestArrivedAtMs: oldest?.arrivedAtMs ?? null,
      lastSeq: this.#lastSeq,
      isDiskFull: false,
    };
  }

  async put(capture: Capture): Promise<readonly Capture[]> {
    this.#lastSeq += 1;
    this.#entries.set(capture.id, { seq: this.#lastSeq, capture, arrivedAtMs: Date.now(), sends: 0 });
    this.#bytes += capture.image.length;
    const shed: Capture[] = [];
    // A single one of any size may stay.
    while (this.#bytes > this.#maxBytes && this.#entries.size > 1) shed.push(this.#shed());
    return shed;
  }

  async end(endings: readonly Ending[]): Promise<readonly boolean[]> {
    return endings.map(({ id, sha256, state }) => {
      const entry = this.#entries.get(id);
      if (entry?.capture.sha256 !== sha256) return false;
      this.#forget(entry, state);
      return true;
    });
  }

  markSent(id: string): void {
    const entry = this.#entries.get(id);
    if (entry) entry.sends += 1;
  }

  async pending(query: KeptQuery): Promise<readonly KeptCapture[]> {
    if ('ids' in query) return query.ids.flatMap((id) => toKept(this.#entries.get(id)));
    for (const entry of this.#entries.values()) {
      if (entry.seq > query.upTo) break;
      // One at a time: reading ahead would gain nothing here.
      if (entry.seq > query.after) return toKept(entry);
    }
    return [];
  }

  #shed(): Capture {
    const entries = [...this.#entries.values()];
    const least = entries.reduce((one, other) => (worth(other) < worth(one) ? other : one));
    this.#forget(least, 'evicted');
    return least.capture;
  }

  #forget({ capture }: Entry, state: keyof typeof NOTHING_KEPT): void {
    this.#entries.delete(capture.id);
    this.#bytes -= capture.image.length;
    this.#counts[state] += 1;
  }
}

function worth({ sends, capture }: Entry): number {
  return (sends > 0 ? 1 : 0) + capture.quality;
}

function toKept(entry: Entry | undefined): KeptCapture[] {
  if (!entry) return [];
  const { seq, sends, capture } = entry;
  const { id, topic, image, sha256, properties } = capture;
  return [{ seq, sends, id, topic, image, sha256, properties }];
}
