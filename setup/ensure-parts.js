import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { aptInstall, askOnTerminal, decide, installCommand, keepServicesQuiet, readRights } from './apt.js';
import { runChild } from './child.js';
import { say, secondsSince } from './say.js';
import { partsFor } from './system-parts.js';

/** @typedef {import('./system-parts.js').Part} Part */

const consequence = {
  start: 'The camera cannot be read without it; `--source sample` and folders of images can.',
  camera: 'Cameras, streams and video files cannot be read without it.',
  test: 'The tests that need them are skipped and say so.',
  containers: 'The tests that need them are skipped and say so.',
};

/**
 * Installs the system parts that are missing where it may, and names the command where it may not.
 * @param {string} root
 * @param {import('./system-parts.js').Purpose} purpose
 * @param {{ mayInstall: boolean }} options
 * @returns {Promise<boolean>} whether everything is there in the end
 */
export async function ensureParts(root, purpose, { mayInstall }) {
  let missing = absent(root, partsFor(purpose, existsSync('/dev/video0')));
  if (mayInstall) {
    for (const part of missing) {
      const startedMs = performance.now();
      if ((await unpack(root, part, 'ignore')) === 0) say(`Unpacked ${part.name} in ${secondsSince(startedMs)}.`);
    }
    missing = absent(root, missing);
  }
  if (missing.length === 0) return true;
  const verdict = mayInstall ? decide(readRights()) : notWanted;
  if (verdict.may === 'no') {
    say(
      `Missing: ${names(missing)}, and not installed: ${verdict.why}. ${consequence[purpose]}\n${byHand(missing, root)}`,
    );
    return false;
  }
  if (verdict.may === 'ask' && !(await askOnTerminal(`Missing: ${names(missing)}. Install with sudo apt-get now?`))) {
    say(`${consequence[purpose]}\n${byHand(missing, root)}`);
    return false;
  }
  const still = await install(root, missing, verdict.prefix);
  if (still.length === 0) return true;
  say(`Still missing: ${names(still)}. ${consequence[purpose]}\n${byHand(still, root)}`);
  return false;
}

/** @type {{ may: 'no', why: string }} */
const notWanted = { may: 'no', why: 'the set-up was told to leave the system alone' };

/**
 * @param {string} root
 * @param {Part[]} missing
 * @param {string[]} prefix
 * @returns {Promise<Part[]>} what is missing all the same
 */
async function install(root, missing, prefix) {
  say(`Installing ${names(missing)} with apt-get …`);
  const startedMs = performance.now();
  const packages = missing.flatMap((part) => part.packages);
  const { ok, space, output } = packages.length > 0 ? await aptInstall(packages, prefix) : nothingToInstall;
  await keepServicesQuiet(packages, prefix);
  for (const part of missing) await unpack(root, part, 'inherit');
  const still = absent(root, missing);
  const took = `${secondsSince(startedMs)}${space === undefined ? '' : `, ${space} on disk`}`;
  if (still.length < missing.length)
    say(`Installed in ${took}: ${names(missing.filter((part) => !still.includes(part)))}.`);
  if (!ok) say(output.trim().split('\n').slice(-8).join('\n'));
  return still;
}

/** @type {{ ok: boolean, space?: string, output: string }} */
const nothingToInstall = { ok: true, output: '' };

/**
 * It goes into the user's cache folder: no root, so no sudo. Without apt's part of it, it ends at once.
 * @param {string} root
 * @param {Part} part
 * @param {'ignore' | 'inherit'} errors
 * @returns {Promise<number | undefined>} exit code; undefined where nothing is to be unpacked
 */
async function unpack(root, { script }, errors) {
  if (script === undefined) return undefined;
  return runChild('sh', [join(root, script), '--install'], { stdio: ['ignore', 'ignore', errors] });
}

/**
 * @param {string} root
 * @param {Part[]} parts
 */
function absent(root, parts) {
  return parts.filter((part) => !part.isThere(root));
}

/** @param {Part[]} parts */
function names(parts) {
  return parts.map((part) => part.name).join(', ');
}

/**
 * @param {Part[]} missing
 * @param {string} root
 */
function byHand(missing, root) {
  const packages = missing.flatMap((part) => part.packages);
  const unpacking = missing.flatMap(({ script }) =>
    script === undefined ? [] : [`sh ${join(root, script)} --install`],
  );
  return `To install:\n  ${[...(packages.length > 0 ? [installCommand(packages)] : []), ...unpacking].join(' && ')}`;
}
