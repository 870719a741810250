import { statSync } from 'node:fs';
import { join } from 'node:path';
import { BODIES_FILE } from './body-file.ts';
import { INDEX_FILE } from './database.ts';

/** Notices when the files that are open are no longer those in the folder: what is written then is gone with the process. */
export class FileWatch {
  readonly #folder: string;
  #seen = new Map<string, number>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Other files were opened. */
  renew(): void {
    this.#seen = new Map();
  }

  /** Why the spool can't go on, or undefined. */
  lost(): string | undefined {
    for (const name of [INDEX_FILE, BODIES_FILE]) {
      const number = statSync(join(this.#folder, name), { throwIfNoEntry: false })?.ino;
      const before = this.#seen.get(name) ?? number;
      if (number !== before)
        return `Expected the files of the spool in ${this.#folder} to stay, but ${name} was removed or replaced: is its disk unmounted?`;
      if (number !== undefined) this.#seen.set(name, number);
    }
    return undefined;
  }
}
