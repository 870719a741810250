import { existsSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';

const ASIDE = /^spool\.db\.aside-\d+$/;

/** Sets an index aside that can't be used, so that a new one can begin; the bodies stay where they are. */
export function moveAside(file: string): void {
  const aside = `${file}.aside-${Date.now()}`;
  // SQLite looks for the log beside the database, under its name; without its database it would be taken for the new one's.
  for (const suffix of ['-wal', '']) if (existsSync(file + suffix)) renameSync(file + suffix, aside + suffix);
}

/** Indexes that were set aside and are not salvaged yet, the oldest first. */
export function asideIndexes(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => ASIDE.test(name))
    .sort()
    .map((name) => join(folder, name));
}

/** It was salvaged. A damaged one stays, for whoever wants to look further: it holds no images. */
export function markSalvaged(file: string): void {
  for (const suffix of ['-wal', '']) {
    if (existsSync(file + suffix)) renameSync(file + suffix, file.replace('.aside-', '.salvaged-') + suffix);
  }
}
