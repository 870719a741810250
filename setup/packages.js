import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { runChild } from './child.js';
import { hasStamp, missingPackages, writeStamp } from './installed.js';
import { thisMachine } from './machine.js';
import { fillNodePackage, wantedMajor } from './node-24.js';
import { oneAtATime } from './one-at-a-time.js';
import { diskUse, prune } from './prune.js';
import { megabytes, say, secondsSince } from './say.js';
import { SetupError } from './setup-error.js';

const progressEveryMs = 10_000;

/**
 * Brings node_modules to what package-lock.json says; returns at once when it is there already.
 * @param {string} root
 */
export async function ensurePackages(root) {
  if (hasStamp(root)) return;
  await oneAtATime(root, async () => {
    if (hasStamp(root)) return;
    const startedMs = performance.now();
    const missing = missingPackages(root, { dev: true });
    if (missing.length > 0) await install(root, missing.length);
    await fillNodePackage(root);
    prune(root, thisMachine());
    writeStamp(root);
    if (missing.length === 0) return;
    const size = megabytes(diskUse(join(root, 'node_modules')));
    say(`Installed in ${secondsSince(startedMs)}: ${size} in node_modules.`);
  });
}

/**
 * A container image brings its own Node and installs without development packages: nothing is missing there.
 * @param {string} root
 */
export function runsAsItIs(root) {
  return (
    Number.parseInt(process.versions.node, 10) >= wantedMajor && missingPackages(root, { dev: false }).length === 0
  );
}

/**
 * @param {string} root
 * @param {number} count
 */
async function install(root, count) {
  if (!existsSync(join(root, 'node_modules'))) {
    say('First run: fetching what Sightline needs into node_modules (about 310 MB to download, once).');
  } else {
    say(`Bringing node_modules up to package-lock.json (${count} packages differ).`);
  }
  const startedMs = performance.now();
  const progress = setInterval(() => say(`… still installing, ${secondsSince(startedMs)}`), progressEveryMs);
  let output = '';
  const [command, ...args] = npmCommand(process.env);
  const code = await runChild(
    command,
    [...args, 'ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund'],
    {
      cwd: root,
      // npm before 11 runs every package's script; this one would fetch CUDA libraries from another host.
      env: { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' },
      stdio: ['ignore', 'pipe', 'pipe'],
      onText: (text) => {
        output += text;
      },
    },
  ).finally(() => clearInterval(progress));
  if (code > 128 || /npm (error|ERR!) signal SIG/.test(output)) {
    throw new SetupError('The installation was stopped; the next run finishes it.', Math.max(code, 130));
  }
  if (code !== 0) {
    throw new SetupError(
      `Expected \`npm ci\` to end with 0, got ${code}. It said:\n${output.trim()}\n${hintFor(output)}`,
    );
  }
}

/**
 * The npm that started us, so that its configuration (registry, proxy, certificates) holds; else the one in PATH.
 * @param {NodeJS.ProcessEnv} env
 * @returns {[string, ...string[]]}
 */
export function npmCommand(env) {
  const started = env.npm_execpath;
  if (started === undefined || !['npm-cli.js', 'npx-cli.js'].includes(basename(started))) return ['npm'];
  return [process.execPath, join(dirname(started), 'npm-cli.js')];
}

/** @param {string} output */
export function hintFor(output) {
  if (/ENOSPC/.test(output)) return "The disk is full: about 1 GB is needed, npm's own cache included.";
  if (/EACCES|EPERM|EROFS/.test(output)) return 'This folder cannot be written by you: clone it where you may write.';
  if (/ENOTFOUND|ENOTCACHED|EAI_AGAIN|ETIMEDOUT|ECONNREFUSED|ECONNRESET|network/i.test(output)) {
    return "npm's registry was not reached: check the network, or a proxy with `npm config get registry`.";
  }
  return 'docs/install.md says what the installation needs.';
}
