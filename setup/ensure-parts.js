import { existsSync } from 'node:fs';
import { aptInstall, askOnTerminal, decide, installCommand, keepMosquittoQuiet, readRights } from './apt.js';
import { runChild } from './child.js';
import { say, secondsSince } from './say.js';
import { partsFor, s3Script } from './system-parts.js';

/** What lacks each purpose when a part is not there. */
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
  const parts = partsFor(purpose, existsSync('/dev/video0'));
  const missing = parts.filter((part) => !part.isThere(root));
  if (missing.length === 0) return true;
  const names = missing.map((part) => part.name).join(', ');
  const packages = missing.flatMap((part) => part.packages);
  const verdict = mayInstall
    ? decide(readRights())
    : { may: /** @type {const} */ ('no'), why: 'told to leave the system alone' };
  const wanted =
    verdict.may === 'yes' ||
    (verdict.may === 'ask' && (await askOnTerminal(`Missing: ${names}. Install with sudo apt-get now?`)));
  if (!wanted) {
    const why = verdict.may === 'no' ? ` and not installed: ${verdict.why}` : '';
    say(`Missing${why}: ${names}. ${consequence[purpose]} To install:\n  ${byHand(purpose, packages, root)}`);
    return false;
  }
  say(`Installing ${names} with apt-get …`);
  const startedMs = performance.now();
  const { ok, space, output } = await aptInstall(packages, verdict.prefix);
  if (packages.includes('mosquitto')) await keepMosquittoQuiet(verdict.prefix);
  // The S3 server is unpacked into the user's cache folder: no root, so no sudo either.
  if (purpose === 'test')
    await runChild('sh', [s3Script(root), '--install'], { stdio: ['ignore', 'ignore', 'inherit'] });
  const still = missing.filter((part) => !part.isThere(root));
  const took = `${secondsSince(startedMs)}${space === undefined ? '' : `, ${space} on disk`}`;
  if (still.length < missing.length)
    say(
      `Installed in ${took}: ${missing
        .filter((part) => !still.includes(part))
        .map((part) => part.name)
        .join(', ')}.`,
    );
  if (still.length === 0) return true;
  if (!ok) say(lastLines(output));
  say(`Still missing: ${still.map((part) => part.name).join(', ')}. ${consequence[purpose]} To install:`);
  say(
    `  ${byHand(
      purpose,
      still.flatMap((part) => part.packages),
      root,
    )}`,
  );
  return false;
}

/**
 * @param {import('./system-parts.js').Purpose} purpose
 * @param {string[]} packages
 * @param {string} root
 */
function byHand(purpose, packages, root) {
  const s3 = purpose === 'test' && packages.includes('python3-flask') ? ` && sh ${s3Script(root)} --install` : '';
  return `${installCommand(packages)}${s3}`;
}

/** @param {string} output */
function lastLines(output) {
  return output.trim().split('\n').slice(-8).join('\n');
}
