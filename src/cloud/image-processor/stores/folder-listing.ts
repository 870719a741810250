import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { EXIT_CODES } from '../../../platform/exit-codes.ts';
import { errorMessage, SightlineError, systemErrorCode } from '../../../platform/sightline-error.ts';
import { StoreError } from './store-error.ts';
import type { StoredObject, StoreListing } from './store-listing.ts';

const STATS_AT_ONCE = 64;

/** The objects of a folder store. One folder's names are in memory at a time. */
export class FolderListing implements StoreListing {
  readonly address: string;
  readonly #root: string;

  /** @param root Absolute path; never made. */
  constructor(root: string) {
    this.#root = root;
    this.address = root;
  }

  /** @throws SightlineError when there is no such folder, or it can't be read. */
  async start(): Promise<void> {
    await readdir(this.#root).catch((cause: unknown) => {
      throw new SightlineError(`Expected to read the store's folder ${this.#root}, got ${errorMessage(cause)}`, {
        hint: 'Name the folder that the image-processor writes to with store.url or --store.',
        exitCode: EXIT_CODES.environment,
        cause,
      });
    });
  }

  async folders(prefix: string): Promise<readonly string[]> {
    const entries = await this.#entries(prefix);
    return entries.filter(({ isFolder }) => isFolder).map(({ name }) => name);
  }

  async *list(prefix: string, signal?: AbortSignal): AsyncIterable<StoredObject> {
    const entries = await this.#entries(prefix);
    for (let at = 0; at < entries.length; at += STATS_AT_ONCE) {
      signal?.throwIfAborted();
      const some = entries.slice(at, at + STATS_AT_ONCE);
      const sizes = await Promise.all(some.map(({ name, isFolder }) => !isFolder && this.#size(`${prefix}${name}`)));
      for (const [index, { name, isFolder }] of some.entries()) {
        const bytes = sizes[index];
        if (isFolder) yield* this.list(`${prefix}${name}/`, signal);
        else if (typeof bytes === 'number') yield { key: `${prefix}${name}`, bytes };
      }
    }
  }

  async hash(key: string, _isRead: boolean, signal?: AbortSignal): Promise<string | undefined> {
    const hash = createHash('sha256');
    try {
      await pipeline(createReadStream(join(this.#root, key)), hash, { ...(signal ? { signal } : {}) });
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw this.#fault(error);
    }
    return hash.digest('hex');
  }

  async stop(): Promise<void> {}

  /** As S3 orders keys: a folder's name counts with its slash. Names with a dot in front are the store's own. */
  async #entries(prefix: string): Promise<readonly { readonly name: string; readonly isFolder: boolean }[]> {
    try {
      const entries = await readdir(join(this.#root, prefix), { withFileTypes: true });
      return entries
        .filter((entry) => !entry.name.startsWith('.') && (entry.isFile() || entry.isDirectory()))
        .map((entry) => ({ name: entry.name, isFolder: entry.isDirectory() }))
        .sort((a, b) => (sortName(a) < sortName(b) ? -1 : 1));
    } catch (error) {
      if (isAbsent(error)) return [];
      throw this.#fault(error);
    }
  }

  /** Undefined for a file that went away meanwhile. */
  async #size(key: string): Promise<number | undefined> {
    try {
      return (await stat(join(this.#root, key))).size;
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw this.#fault(error);
    }
  }

  #fault(error: unknown): unknown {
    const code = systemErrorCode(error);
    if (code === undefined || code === 'ABORT_ERR') return error;
    return new StoreError(`Expected to read the store's folder ${this.#root}, got ${errorMessage(error)}`, code, {
      cause: error,
    });
  }
}

function sortName({ name, isFolder }: { readonly name: string; readonly isFolder: boolean }): string {
  return isFolder ? `${name}/` : name;
}

function isAbsent(error: unknown): boolean {
  const code = systemErrorCode(error);
  return code === 'ENOENT' || code === 'ENOTDIR';
}
