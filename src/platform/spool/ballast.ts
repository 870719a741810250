import { closeSync, existsSync, fsyncSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const FILE = 'ballast';
/** Enough for the index to commit, and to note what is settled, while the disk has nothing left. */
const BALLAST_BYTES = 4 * 2 ** 20;

/** Space kept in reserve: given up when the disk is full, so that what is there can still be settled; taken again when there is room. */
export class Ballast {
  readonly #folder: string;
  readonly #file: string;
  readonly #minFreeBytes: number;

  constructor(folder: string, minFreeBytes: number) {
    this.#folder = folder;
    this.#file = join(folder, FILE);
    this.#minFreeBytes = minFreeBytes;
  }

  /** Takes the space if the disk has more than enough. Never fails: what is not taken now may be later. */
  take(): void {
    try {
      this.#take();
    } catch {
      // It was close: the disk filled up meanwhile, or is away.
      rmSync(this.#file, { force: true });
    }
  }

  /** Gives the space up. Returns false when there was none. */
  drop(): boolean {
    if (!existsSync(this.#file)) return false;
    rmSync(this.#file, { force: true });
    return true;
  }

  #take(): void {
    if (existsSync(this.#file)) return;
    const { bavail, bsize } = statfsSync(this.#folder);
    if (bavail * bsize < this.#minFreeBytes + 2 * BALLAST_BYTES) return;
    const fd = openSync(this.#file, 'w', 0o600);
    try {
      writeSync(fd, Buffer.alloc(BALLAST_BYTES));
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  }
}
