import { hash } from 'node:crypto';
import type { BodyStore } from './body-store.ts';
import { LOST_ON_DISK, type Settlement, type SpooledCapture } from './protocol.ts';
import type { RecentBodies } from './recent-bodies.ts';
import type { PendingRow } from './thread-protocol.ts';

/** A body that is not what was written was found, and its row settled as refused. */
export interface Damaged {
  readonly id: string;
  readonly bytes: number;
}

export interface BodyReaderOptions {
  readonly bodies: BodyStore;
  readonly recent: RecentBodies;
  readonly settle: (settlement: Settlement) => Promise<void>;
  readonly onDamaged: (damaged: Damaged) => void;
}

/** Gives bodies back: from memory where they came a moment ago, else from disk, and believed only if they are what was written. */
export class BodyReader {
  readonly #options: BodyReaderOptions;

  constructor(options: BodyReaderOptions) {
    this.#options = options;
  }

  /** Captures with their bodies. What the disk has lost is settled as refused, and left out. */
  async whole(rows: readonly PendingRow[]): Promise<SpooledCapture[]> {
    const { settle, onDamaged } = this.#options;
    const read = await Promise.all(rows.map(async (row) => ({ row, body: await this.read(row) })));
    const whole: SpooledCapture[] = [];
    for (const { row, body } of read) {
      const { seq, id, device, topic, sha256, sends, bytes } = row;
      if (body) whole.push({ seq, id, device, topic, sha256, sends, body });
      else {
        await settle({ id, sha256, state: 'refused', reason: LOST_ON_DISK });
        onDamaged({ id, bytes });
      }
    }
    return whole;
  }

  /** Undefined when the disk does not give back what was written. */
  async read({ id, sha256, bytes, place }: PendingRow): Promise<Buffer | undefined> {
    const { bodies, recent } = this.#options;
    const kept = recent.get(id);
    if (kept) return kept;
    // A disk that can't read it now is asked once more.
    for (const _ of [1, 2]) {
      const body = await bodies.read(place, bytes).catch(() => undefined);
      if (body && hash('sha256', body, 'hex') === sha256) return body;
    }
    return undefined;
  }
}
