import { existsSync } from 'node:fs';
import { aptInstall, askOnTerminal, decide, installCommand, keepMosquittoQuiet, readRights } from './apt.js';
import { runChild } from './child.js';
import { say, secondsSince } from './say.js';
import { partsFor, s3Part, s3Script } from './system-parts.js';

/** @typedef {import('./system-parts.js').Part} Part */

const consequence = {
  start: 'The camera cannot be read without it; `--source sample` and folders of images can.',
  camera: 'Cameras, streams and video files cannot be read without it.',
  test: 'The tests that need them are skipped and say so.',
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
  if (mayInstall && missing.some(isS3)) {
    const startedMs = performance.now();
    if ((await unpackS3(root, 'ignore')) === 0) say(`Unpacked ${s3Part} in ${secondsSince(startedMs)}.`);
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
  const { ok, space, output } = await aptInstall(packages, prefix);
  if (packages.includes('mosquitto')) await keepMosquittoQuiet(prefix);
  if (missing.some(isS3)) await unpackS3(root, 'inherit');
  const still = absent(root, missing);
  const took = `${secondsSince(startedMs)}${space === undefined ? '' : `, ${space} on disk`}`;
  if (still.length < missing.length)
    say(`Installed in ${took}: ${names(missing.filter((part) => !still.includes(part)))}.`);
  if (!ok) say(output.trim().split('\n').slice(-8).join('\n'));
  return still;
}

/**
 * It goes into the user's cache folder: no root, so no sudo. Without apt's part of it, it ends at once.
 * @param {string} root
 * @param {'ignore' | 'inherit'} errors
 */
function unpackS3(root, errors) {
  return runChild('sh', [s3Script(root), '--install'], { stdio: ['ignore', 'ignore', errors] });
}

/**
 * @param {string} root
 * @param {Part[]} parts
 */
function absent(root, parts) {
  return parts.filter((part) => !part.isThere(root));
}

/** @param {Part} part */
function isS3({ name }) {
  return name === s3Part;
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
  const apt = installCommand(missing.flatMap((part) => part.packages));
  return `To install:\n  ${apt}${missing.some(isS3) ? ` && sh ${s3Script(root)} --install` : ''}`;
}
