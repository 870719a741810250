import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { EXIT_CODES } from '../exit-codes.ts';
import { makeFolder } from '../make-folder.ts';
import { errorMessage, SightlineError } from '../sightline-error.ts';
import { asideIndexes, moveAside } from './aside.ts';
import { BODIES_FILE } from './body-file.ts';
import { committedFrames } from './log-frames.ts';
import { SALVAGING, SCHEMA, SPOOL_VERSION } from './schema.ts';

export const INDEX_FILE = 'spool.db';

export interface OpenedSpool<Content> {
  readonly db: DatabaseSync;
  readonly content: Content;
}

/**
 * Opens the index of a spool, for this process alone: SQLite's exclusive lock dies with its process, as no pid file does.
 * @param read what is read from it at once; a fault that shows only then makes the database unreadable too
 * @throws SightlineError when another process has it, the folder can't be written, or a newer Sightline wrote it.
 */
export function openSpoolDatabase<Content>(folder: string, read: (db: DatabaseSync) => Content): OpenedSpool<Content> {
  const file = join(folder, INDEX_FILE);
  try {
    makeFolder(folder, 0o700);
    return openFile(file, read);
  } catch (error) {
    if (error instanceof SightlineError) throw error;
    if (!isUnreadable(error) && !(error instanceof OlderLayoutError)) throw explain(folder, error);
    moveAside(file);
    return openFile(file, read);
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
  const framesInLog = committedFrames(`${file}-wal`);
  db.exec(`
    PRAGMA locking_mode = EXCLUSIVE;
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA journal_size_limit = 16777216;
    PRAGMA cache_size = -4096;
  `);
  // SQLite passes over all that is behind the first damaged frame of its log, without a word.
  const isLogShort = Number(db.prepare('PRAGMA wal_checkpoint(PASSIVE)').get()?.log ?? 0) < framesInLog;
  db.exec('BEGIN IMMEDIATE');
  const version = Number(db.prepare('PRAGMA user_version').get()?.user_version ?? 0);
  if (version > SPOOL_VERSION) {
    throw new SightlineError(`Expected a spool of version ${SPOOL_VERSION} or older in ${file}, got ${version}`, {
      hint: 'A newer Sightline wrote it: update Sightline, or give this one another spool.path.',
      exitCode: EXIT_CODES.environment,
    });
  }
  if (version !== 0 && version < SPOOL_VERSION) throw new OlderLayoutError();
  if (version === 0) {
    db.exec(SCHEMA);
    // Bodies whose index is gone: in the new one their blocks would count as free.
    const folder = dirname(file);
    if (existsSync(join(folder, BODIES_FILE)) || asideIndexes(folder).length > 0) {
      db.exec(`INSERT INTO facts VALUES ('${SALVAGING}', 1)`);
    }
  }
  if (isLogShort) db.exec(`INSERT OR IGNORE INTO facts VALUES ('${SALVAGING}', 1)`);
  db.exec(`PRAGMA user_version = ${SPOOL_VERSION}; COMMIT`);
}

/** Written by an older Sightline: its captures are taken over one by one. */
class OlderLayoutError extends Error {
  override readonly name = 'OlderLayoutError';
}

/** SQLITE_CORRUPT and SQLITE_NOTADB. */
export function isUnreadable(error: unknown): boolean {
  return sqliteCode(error) === 11 || sqliteCode(error) === 26;
}

/** SQLITE_FULL: no room for the transaction. */
export function isOutOfRoom(error: unknown): boolean {
  return sqliteCode(error) === 13;
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
