import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { EXIT_CODES } from '../../platform/exit-codes.ts';
import { errorMessage, SightlineError } from '../../platform/sightline-error.ts';

/**
 * Replaces a file as a whole: whoever reads it sees the old one or the new one, also after a power cut.
 * @param mode Rights of the new file, less those that umask takes; 0600 for keys.
 * @throws SightlineError when the folder can't be written.
 */
export function writeWhole(path: string, text: string, mode: 0o600 | 0o644): void {
  const beside = `${path}.new-${process.pid}`;
  try {
    rmSync(beside, { force: true });
    const file = openSync(beside, 'wx', mode);
    try {
      writeSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(beside, path);
    syncFolder(dirname(path));
  } catch (cause) {
    rmSync(beside, { force: true });
    throw new SightlineError(`Expected to write ${path}, but: ${errorMessage(cause)}`, {
      exitCode: EXIT_CODES.environment,
      cause,
    });
  }
}

function syncFolder(path: string): void {
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
