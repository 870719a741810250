import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { systemErrorCode } from './sightline-error.ts';

/**
 * Makes a folder and what is missing above it; returns the topmost that it made, undefined where it was there. Node's own recursive mkdir
 * never returns where a folder that exists says ENOENT to a new one in it, as those below /proc do.
 * @throws the system's error.
 */
export function makeFolder(path: string, mode = 0o777): string | undefined {
  try {
    mkdirSync(path, { mode });
    return path;
  } catch (error) {
    const code = systemErrorCode(error);
    if (isFolder(path)) return undefined;
    if (code !== 'ENOENT' || isFolder(dirname(path))) throw error;
  }
  const topmost = makeFolder(dirname(path), mode);
  mkdirSync(path, { mode });
  return topmost ?? path;
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
