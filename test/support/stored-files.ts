import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sha256Hex } from '../../src/contract/sha256.ts';

export interface StoredFile {
  /** The object's key: its path below the store. */
  readonly key: string;
  readonly path: string;
  readonly bytes: Buffer;
  readonly sha256: string;
}

/** Every object of a folder store, in order of key; [] when there is no such folder. */
export function storedFiles(store: string): StoredFile[] {
  return keysBelow(store).map((key) => {
    const path = join(store, key);
    const bytes = readFileSync(path);
    return { key, path, bytes, sha256: sha256Hex(bytes) };
  });
}

/** Keys alone, without what is being written. */
export function keysBelow(store: string): string[] {
  try {
    const entries = readdirSync(store, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile() && !entry.parentPath.includes('.sightline-incoming'));
    return files.map((entry) => join(entry.parentPath, entry.name).slice(store.length + 1)).sort();
  } catch {
    return [];
  }
}
