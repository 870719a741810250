import { hash } from 'node:crypto';
import type { BodyStore } from './body-store.ts';
import { LOST_ON_DISK, type Settlement, type SpooledCapture } from './protocol.ts';
import type { RecentBodies } from './recent-bodies.ts';
import type { PendingRow } from './thread-protocol.ts';

/** A body could not be given back. */
export interface Damaged {
  readonly id: string;
  readonly bytes: number;
  /** It is not what was written, and its row is settled as refused; otherwise it can't be read now and stays pending. */
  readonly isLost: boolean;
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

  /**
   * Captures with their bodies. What the disk has lost is settled as refused; what it can't read now stays pending; both are left out.
   * @throws the disk's error when it can read none of several: it is the disk, not a place on it.
   */
  async whole(rows: readonly PendingRow[]): Promise<SpooledCapture[]> {
    const { settle, onDamaged } = this.#options;
    const faults: unknown[] = [];
    const read = await Promise.all(
      rows.map(async (row) => {
        const body = await this.read(row).catch((error: unknown) => {
          faults.push(error);
          return 'unreadable' as const;
        });
        return { row, body };
      }),
    );
    if (faults.length > 1 && faults.length === rows.length) throw faults[0];
    const whole: SpooledCapture[] = [];
    for (const { row, body } of read) {
      const { seq, id, device, topic, sha256, sends, bytes } = row;
      if (body === 'unreadable') onDamaged({ id, bytes, isLost: false });
      else if (body) whole.push({ seq, id, device, topic, sha256, sends, body });
      else {
        await settle({ id, sha256, state: 'refused', reason: LOST_ON_DISK });
        onDamaged({ id, bytes, isLost: true });
      }
    }
    return whole;
  }

  /** Undefined when there are other bytes on disk than were written. @throws the disk's error */
  async read({ id, sha256, bytes, place }: PendingRow): Promise<Buffer | undefined> {
    const { bodies, recent } = this.#options;
    const kept = recent.get(id);
    if (kept) return kept;
    const body = await bodies.read(place, bytes);
    return hash('sha256', body, 'hex') === sha256 ? body : undefined;
  }
}
