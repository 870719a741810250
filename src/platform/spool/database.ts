import { existsSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { EXIT_CODES } from '../exit-codes.ts';
import { makeFolder } from '../make-folder.ts';
import { errorMessage, SightlineError } from '../sightline-error.ts';

export const SPOOL_VERSION = 1;
const FILE = 'spool.db';

/** What brings an older spool one version further, at index version - 1. Run in one transaction with the new version number. */
const MIGRATIONS: readonly string[] = [];

const SCHEMA = `
  CREATE TABLE captures (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    device TEXT NOT NULL,
    camera TEXT NOT NULL,
    topic TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    quality REAL NOT NULL,
    bare INTEGER NOT NULL,
    arrived_at INTEGER NOT NULL,
    sends INTEGER NOT NULL DEFAULT 0,
    state TEXT NOT NULL,
    reason TEXT,
    settled_at INTEGER
  ) STRICT;
  CREATE TABLE bodies (seq INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;
  CREATE TABLE folded (
    device TEXT NOT NULL, camera TEXT NOT NULL, hour TEXT NOT NULL, state TEXT NOT NULL, reason TEXT NOT NULL, captures INTEGER NOT NULL,
    PRIMARY KEY (device, camera, hour, state, reason)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX pending ON captures (seq) WHERE state = 'pending';
  CREATE INDEX worth ON captures ((sends > 0), quality, seq) WHERE state = 'pending';
  CREATE INDEX quarantined ON captures (seq) WHERE state = 'refused';
  CREATE INDEX settled ON captures (settled_at) WHERE state <> 'pending';
  CREATE INDEX bare_hashes ON captures (sha256, arrived_at) WHERE bare = 1;
`;

export interface OpenedSpool<Content> {
  readonly db: DatabaseSync;
  readonly content: Content;
  /** Where an unreadable database was moved, if that was so. */
  readonly movedAside: string | undefined;
}

/**
 * Opens the spool of a folder, for this process alone: SQLite's exclusive lock dies with its process, as no pid file does.
 * @param read what is read from it at once; a fault that shows only then makes the database unreadable too
 * @throws SightlineError when another process has it, the folder can't be written, or a newer Sightline wrote it.
 */
export function openSpoolDatabase<Content>(folder: string, read: (db: DatabaseSync) => Content): OpenedSpool<Content> {
  const file = join(folder, FILE);
  try {
    makeFolder(folder, 0o700);
    return { ...openFile(file, read), movedAside: undefined };
  } catch (error) {
    if (error instanceof SightlineError) throw error;
    if (isUnreadable(error)) {
      const movedAside = `${file}.unreadable-${Date.now()}`;
      for (const suffix of ['', '-wal']) if (existsSync(file + suffix)) renameSync(file + suffix, movedAside + suffix);
      return { ...openFile(file, read), movedAside };
    }
    throw explain(folder, error);
  }
}

function openFile<Content>(file: string, read: (db: DatabaseSync) => Content): { db: DatabaseSync; content: Content } {
  const db = new DatabaseSync(file, { timeout: 0 });
  try {
    prepare(db, file);
    return { db, content: read(db) };
  } catch (error) {
    db.close();
    throw error;
  }
}

function prepare(db: DatabaseSync, file: string): void {
  db.exec(`
    PRAGMA locking_mode = EXCLUSIVE;
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA journal_size_limit = 67108864;
    PRAGMA cache_size = -8192;
    BEGIN IMMEDIATE;
  `);
  const version = Number(db.prepare('PRAGMA user_version').get()?.user_version ?? 0);
  if (version > SPOOL_VERSION) {
    throw new SightlineError(`Expected a spool of version ${SPOOL_VERSION} or older in ${file}, got ${version}`, {
      hint: 'A newer Sightline wrote it: update Sightline, or give this one another spool.path.',
      exitCode: EXIT_CODES.environment,
    });
  }
  if (version === 0) db.exec(SCHEMA);
  else for (const migration of MIGRATIONS.slice(version - 1)) db.exec(migration);
  db.exec(`PRAGMA user_version = ${SPOOL_VERSION}; COMMIT`);
}

/** SQLITE_CORRUPT and SQLITE_NOTADB. */
function isUnreadable(error: unknown): boolean {
  return sqliteCode(error) === 11 || sqliteCode(error) === 26;
}

function explain(folder: string, error: unknown): SightlineError {
  const code = sqliteCode(error);
  // SQLITE_BUSY and SQLITE_LOCKED.
  const isTaken = code === 5 || code === 6;
  return new SightlineError(
    isTaken
      ? `Expected the spool ${folder} to be free, but another process has it open`
      : `Expected a spool folder that can be written at ${folder}, got ${errorMessage(error)}`,
    {
      hint: isTaken
        ? 'Stop the other forwarder, or give this one another spool.path.'
        : 'Make the folder writable for this user, or name another with spool.path.',
      exitCode: EXIT_CODES.environment,
      cause: error,
    },
  );
}

/** SQLite's primary result code of what node:sqlite threw. */
function sqliteCode(error: unknown): number | undefined {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number'
    ? error.errcode & 0xff
    : undefined;
}
