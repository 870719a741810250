import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const stampFile = 'node_modules/.sightline-setup';

/**
 * One entry of `packages` in a package-lock.json of version 3.
 * @typedef {{ version?: string, optional?: boolean, dev?: boolean, os?: string[], cpu?: string[], libc?: string[] }} LockEntry
 * @typedef {{ optionalDependencies?: Record<string, string> }} RootEntry
 * @typedef {{ packages: Record<string, LockEntry> & { ''?: LockEntry & RootEntry } }} Lock
 */

/**
 * The stamp is written last, so whoever finds it finds a finished installation of exactly this lock file.
 * @param {string} root
 */
export function hasStamp(root) {
  const stamp = readText(join(root, stampFile));
  return stamp !== undefined && stamp === stampOf(root) && existsSync(join(root, 'node_modules/node/bin/node'));
}

/** @param {string} root */
export function writeStamp(root) {
  try {
    writeFileSync(join(root, stampFile), stampOf(root));
  } catch (error) {
    // A read-only installation is complete all the same; it is only compared in full each time.
    if (!['EROFS', 'EACCES'].includes(/** @type {NodeJS.ErrnoException} */ (error).code ?? '')) throw error;
  }
}

/**
 * What node_modules lacks against the lock file, by npm's own record of what it put there.
 * @param {string} root
 * @param {{ dev: boolean }} options without `dev`, what only development and the optional vision packages need may lack
 * @returns {string[]} paths as in the lock file
 */
export function missingPackages(root, { dev }) {
  const lock = readLock(root);
  const record = readText(join(root, 'node_modules/.package-lock.json'));
  const there = record === undefined ? {} : /** @type {Lock} */ (JSON.parse(record)).packages;
  const asked = Object.keys(lock.packages['']?.optionalDependencies ?? {}).map((name) => `node_modules/${name}`);
  return Object.entries(lock.packages)
    .filter(([path, entry]) => {
      if (path === '') return false;
      const needed = dev ? !entry.optional || asked.includes(path) : !entry.optional && !entry.dev;
      const installed = there[path];
      return installed === undefined ? needed : installed.version !== entry.version;
    })
    .map(([path]) => path);
}

/**
 * @param {string} root
 * @returns {Lock}
 */
export function readLock(root) {
  return JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
}

/** @param {string} root */
function stampOf(root) {
  const hash = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  return `${hash} ${process.platform}-${process.arch}\n`;
}

/** @param {string} path */
function readText(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
