import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { EXIT_CODES } from '../../platform/exit-codes.ts';
import { errorMessage, SightlineError } from '../../platform/sightline-error.ts';

export interface WholeFile {
  readonly path: string;
  readonly text: string;
  /** Rights of the new file, less those that umask takes; 0600 for keys. */
  readonly mode: 0o600 | 0o644;
}

/**
 * Replaces a file as a whole: whoever reads it sees the old one or the new one, also after a power cut.
 * @throws SightlineError when the folder can't be written.
 */
export function writeWhole(path: string, text: string, mode: WholeFile['mode']): void {
  writeAllWhole([{ path, text, mode }]);
}

/**
 * Replaces several files, each as a whole, in this order. All are on the disk before the first takes its place: one that is full leaves
 * every former one.
 * @throws SightlineError when a folder can't be written.
 */
export function writeAllWhole(files: readonly WholeFile[]): void {
  try {
    for (const file of files) writeBeside(file);
    for (const { path } of files) attempt(path, () => renameSync(beside(path), path));
    for (const folder of new Set(files.map(({ path }) => dirname(path)))) attempt(folder, () => syncFolder(folder));
  } catch (error) {
    for (const { path } of files) rmSync(beside(path), { force: true });
    throw error;
  }
}

/** @throws SightlineError when no file can be made there. */
export function requireWritable(path: string): void {
  try {
    writeBeside({ path, text: '', mode: 0o600 });
  } finally {
    rmSync(beside(path), { force: true });
  }
}

function writeBeside({ path, text, mode }: WholeFile): void {
  attempt(path, () => {
    rmSync(beside(path), { force: true });
    const file = openSync(beside(path), 'wx', mode);
    try {
      writeFileSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  });
}

function beside(path: string): string {
  return `${path}.new-${process.pid}`;
}

function syncFolder(path: string): void {
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

function attempt(path: string, work: () => void): void {
  try {
    work();
  } catch (cause) {
    throw new SightlineError(`Expected to write ${path}, but: ${errorMessage(cause)}`, {
      exitCode: EXIT_CODES.environment,
      cause,
    });
  }
}
