import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { say } from './say.js';

const pollMs = 300;
// In another container the holder's pid says nothing; no installation takes this long.
const staleAfterMs = 15 * 60_000;

/**
 * `npm start` and `npm test` in two terminals of one fresh clone: the second waits for the first.
 * @param {string} root
 * @param {() => Promise<void>} work
 */
export async function oneAtATime(root, work) {
  const path = join(root, '.setup.lock');
  for (let waited = false; !take(path); waited = true) {
    if (!waited) say('Another set-up is running in this folder; waiting for it …');
    await sleep(pollMs);
  }
  try {
    await work();
  } finally {
    rmSync(path, { force: true });
  }
}

/** @param {string} path */
function take(path) {
  try {
    writeFileSync(path, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error;
    if (isHeld(path)) return false;
    rmSync(path, { force: true });
    return take(path);
  }
}

/** @param {string} path */
function isHeld(path) {
  try {
    const pid = Number(readFileSync(path, 'utf8'));
    if (Date.now() - statSync(path).mtimeMs > staleAfterMs) return false;
    // The file is empty for the instant between its creation and its first byte.
    if (pid === 0) return true;
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}
