import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { systemErrorCode } from '../../../platform/sightline-error.ts';

/** Folders known to be on disk; more are looked at again, which costs time alone. */
const MAX_KNOWN = 4096;

/** Makes folders below a root so that they survive a power cut, and syncs them; one sync serves all who wait for it. */
export class DurableFolders {
  readonly #root: string;
  readonly #known = new Set<string>();
  readonly #running = new Map<string, Promise<void>>();
  readonly #waiting = new Map<string, Promise<void>>();

  constructor(root: string) {
    this.#root = root;
  }

  /** The folder and all above it up to the root exist and are synced, whoever made them. */
  async ensure(folder: string): Promise<void> {
    if (folder === this.#root || this.#known.has(folder)) return;
    const parent = dirname(folder);
    await this.ensure(parent);
    await mkdir(folder).catch((error: unknown) => {
      if (systemErrorCode(error) !== 'EEXIST') throw error;
    });
    // Also when it was there: its maker may not have come to sync it yet.
    await this.sync(parent);
    if (this.#known.size >= MAX_KNOWN) this.#known.clear();
    this.#known.add(folder);
  }

  /** Forgets what it knows: somebody has removed a folder. */
  forget(): void {
    this.#known.clear();
  }

  /** Resolves after an fsync of the folder that began after this call. */
  sync(folder: string): Promise<void> {
    const running = this.#running.get(folder);
    if (!running) return this.#run(folder);
    // The one that runs may have begun before the caller's change: the next one serves.
    let waiting = this.#waiting.get(folder);
    if (!waiting) {
      waiting = running
        .catch(() => undefined)
        .then(() => {
          this.#waiting.delete(folder);
          return this.#run(folder);
        });
      this.#waiting.set(folder, waiting);
    }
    return waiting;
  }

  #run(folder: string): Promise<void> {
    const run = syncFolder(folder).finally(() => {
      if (this.#running.get(folder) === run) this.#running.delete(folder);
    });
    this.#running.set(folder, run);
    return run;
  }
}

/** fsync of a folder: its entries are durable. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
