import { existsSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';

/** Files of a spool that is set aside, each with the same ending. The bodies go first: without them an index would lead nowhere. */
const FILES = ['bodies', 'spool.db', 'spool.db-wal'] as const;
const ASIDE = /^(bodies|spool\.db)\.aside-(\d+)$/;

/** What is left of a spool that was set aside. */
export interface AsideSpool {
  readonly bodies: string | undefined;
  readonly index: string | undefined;
}

/** Sets aside what there is of a spool, so that a new one can begin. Returns the ending, or undefined when there is nothing. */
export function moveAside(folder: string): string | undefined {
  const there = FILES.filter((file) => existsSync(join(folder, file)));
  if (there.length === 0) return undefined;
  const ending = `.aside-${Date.now()}`;
  for (const file of there) {
    // SQLite looks for the log beside the database, under its name.
    const target = file === 'spool.db-wal' ? `spool.db${ending}-wal` : file + ending;
    renameSync(join(folder, file), join(folder, target));
  }
  return ending.slice(1);
}

/** Everything that waits to be salvaged, the oldest first. */
export function asideSpools(folder: string): AsideSpool[] {
  const found = new Map<string, { bodies: string | undefined; index: string | undefined }>();
  for (const name of readdirSync(folder).sort()) {
    const [, file, at] = ASIDE.exec(name) ?? [];
    if (file === undefined || at === undefined) continue;
    const spool = found.get(at) ?? { bodies: undefined, index: undefined };
    spool[file === 'bodies' ? 'bodies' : 'index'] = join(folder, name);
    found.set(at, spool);
  }
  return [...found].sort(([a], [b]) => Number(a) - Number(b)).map(([, spool]) => spool);
}
