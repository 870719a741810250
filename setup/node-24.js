import { spawnSync } from 'node:child_process';
import { existsSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { runChild } from './child.js';
import { say } from './say.js';
import { SetupError } from './setup-error.js';

export const wantedMajor = 24;

/**
 * @param {string} root
 * @param {{ execPath: string, versions: { node: string } }} [current] the Node that runs now
 * @returns {string | undefined} path of a Node that runs TypeScript as it is
 */
export function findNode24(root, current = process) {
  const own = join(root, 'node_modules/node/bin/node');
  if (existsSync(own)) return own;
  return Number.parseInt(current.versions.node, 10) >= wantedMajor ? current.execPath : undefined;
}

/**
 * npm leaves the package `node` empty where install scripts are off (`ignore-scripts`, newer npm's default): its one
 * script, which fetches the binary of this platform from the same registry, is approved, so it is run by name.
 * @param {string} root
 */
export async function fillNodePackage(root) {
  const home = join(root, 'node_modules/node');
  const binary = join(home, 'bin/node');
  if (runs(binary)) return;
  say('Fetching Node 24 …');
  const path = `${dirname(process.execPath)}:${process.env.PATH ?? ''}`;
  let output = '';
  await runChild(process.execPath, ['installArchSpecificPackage.js'], {
    cwd: home,
    env: { ...process.env, PATH: path },
    stdio: ['ignore', 'pipe', 'pipe'],
    onText: (text) => {
      output += text;
    },
  });
  if (runs(binary)) {
    linkCommand(root);
    return;
  }
  throw new SetupError(
    `Expected a running Node 24 in node_modules/node/bin, got none. It needs Linux with glibc 2.28 or later on x64 or ` +
      `arm64 (or macOS), and npm's registry.\n${output.trim()}`,
  );
}

/**
 * npm linked no command, since there was none; `npm start` finds Node 24 by it.
 * @param {string} root
 */
function linkCommand(root) {
  const link = join(root, 'node_modules/.bin/node');
  if (!existsSync(link)) symlinkSync('../node/bin/node', link);
}

/** @param {string} binary */
function runs(binary) {
  return existsSync(binary) && spawnSync(binary, ['--version'], { timeout: 20_000 }).status === 0;
}
