import { type FSWatcher, mkdirSync, watch } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { captureIdTime, mintCaptureId } from '../../src/contract/capture-id.ts';
import { objectKey } from '../../src/contract/object-key.ts';

const HOUR_MS = 3_600_000;

/** When an object was there, and when what it shows was. */
export interface StoredObject {
  readonly capturedAtMs: number;
  readonly storedAtMs: number;
}

/**
 * Notices objects as they appear in a folder store.
 *
 * An object is stored when its name is there and all is synced. The store removes its temporary name last, which changes the
 * file's ctime; the kernel's clock for that may be 4 ms behind, so where the name was seen later, that counts.
 */
export class ObjectWatch {
  readonly #watchers: FSWatcher[];
  readonly #seenAtMs = new Map<string, number>();

  /** The folders of this hour and the next are made now: a watch that begins with the first object misses it. */
  constructor(store: string, capture: { readonly device: string; readonly camera: string }) {
    const folders = [0, 1].map((hours) => {
      const id = mintCaptureId(new Date(Date.now() + hours * HOUR_MS));
      return dirname(join(store, objectKey({ ...capture, id }, 'png')));
    });
    this.#watchers = folders.map((folder) => {
      mkdirSync(folder, { recursive: true });
      return watch(folder, (_, name) => {
        if (name === null) return;
        const path = join(folder, name);
        if (!this.#seenAtMs.has(path)) this.#seenAtMs.set(path, performance.timeOrigin + performance.now());
      });
    });
  }

  /** Ends the watch; what appeared. */
  async stop(): Promise<StoredObject[]> {
    for (const watcher of this.#watchers) watcher.close();
    return Promise.all(
      [...this.#seenAtMs].map(async ([path, seenAtMs]) => ({
        capturedAtMs: captureIdTime(basename(path, extname(path))).getTime(),
        storedAtMs: Math.max(seenAtMs, (await stat(path)).ctimeMs),
      })),
    );
  }
}
