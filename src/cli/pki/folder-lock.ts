import { statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { EXIT_CODES } from '../../platform/exit-codes.ts';
import { errorMessage, SightlineError } from '../../platform/sightline-error.ts';

const PATIENCE_MS = 30_000;
const LOOK_EVERY_MS = 50;
/** SQLITE_BUSY: https://sqlite.org/rescode.html#busy */
const BUSY = 5;

/**
 * Runs `work` while nobody else does in this folder, in this process or another, in this container or another of the same machine. The
 * lock is SQLite's, so the system frees it when a process dies: a file with a process's number could not tell, for in containers
 * everybody is number 1.
 * @throws SightlineError when it is not free within half a minute, the folder can't be written, or it is another user's and this one root.
 */
export async function withFolderLock<Result>(folder: string, work: () => Promise<Result>): Promise<Result> {
  const file = join(folder, 'lock');
  requireOwner(folder);
  const database = openFile(file);
  try {
    await take(database, file);
    return await work();
  } finally {
    database.close();
  }
}

/** Files that root makes in another user's folder would keep that one out. */
function requireOwner(folder: string): void {
  const { uid } = statSync(folder);
  if (process.getuid?.() !== 0 || uid === 0) return;
  throw new SightlineError(`Expected to be the user that ${folder} belongs to (uid ${uid}), got root`, {
    hint: `sudo -u '#${uid}' …`,
    exitCode: EXIT_CODES.environment,
  });
}

function openFile(file: string): DatabaseSync {
  try {
    return new DatabaseSync(file);
  } catch (cause) {
    throw new SightlineError(`Expected a folder that can be written for ${file}, got: ${errorMessage(cause)}`, {
      hint: 'Run it as the user that the folder belongs to.',
      exitCode: EXIT_CODES.environment,
      cause,
    });
  }
}

async function take(database: DatabaseSync, file: string): Promise<void> {
  const startedAtMs = performance.now();
  for (;;) {
    try {
      database.exec('PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE');
      return;
    } catch (cause) {
      const isBusy = cause instanceof Error && 'errcode' in cause && cause.errcode === BUSY;
      if (isBusy && performance.now() - startedAtMs < PATIENCE_MS) {
        await sleep(LOOK_EVERY_MS);
        continue;
      }
      throw new SightlineError(
        isBusy
          ? `Expected to be alone at ${file}, but another sightline has held it for ${PATIENCE_MS / 1000} s`
          : `Expected a folder that can be written for ${file}, got: ${errorMessage(cause)}`,
        { exitCode: EXIT_CODES.environment, cause },
      );
    }
  }
}
