import { spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline/promises';
import { runChild } from './child.js';
import { say } from './say.js';

/**
 * `free`: sudo asks for no password; `asks`: it would.
 * @typedef {{ hasApt: boolean, isRoot: boolean, sudo: 'none' | 'free' | 'asks', onTerminal: boolean }} Rights
 */

/**
 * May the set-up install system packages? Without a terminal nobody could answer a question, so none is asked.
 * @param {Rights} rights
 * @returns {{ may: 'yes' | 'ask', prefix: string[] } | { may: 'no', why: string }}
 */
export function decide({ hasApt, isRoot, sudo, onTerminal }) {
  if (!hasApt) return { may: 'no', why: 'this is neither Debian nor Ubuntu' };
  if (isRoot) return { may: 'yes', prefix: [] };
  if (sudo === 'none') return { may: 'no', why: 'this takes root, and there is no sudo' };
  if (onTerminal) return { may: 'ask', prefix: ['sudo'] };
  if (sudo === 'free') return { may: 'yes', prefix: ['sudo', '-n'] };
  return { may: 'no', why: 'sudo would ask for a password, and there is no terminal' };
}

/** @returns {Rights} */
export function readRights() {
  const sudo = spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' });
  return {
    hasApt: spawnSync('apt-get', ['--version'], { stdio: 'ignore' }).status === 0,
    isRoot: process.getuid?.() === 0,
    sudo: sudo.error ? 'none' : sudo.status === 0 ? 'free' : 'asks',
    onTerminal: Boolean(process.stdin.isTTY && process.stderr.isTTY) && process.env.CI === undefined,
  };
}

/**
 * @param {string} question
 * @returns {Promise<boolean>} Enter alone is yes
 */
export async function askOnTerminal(question) {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^(y(es)?)?$/i.test((await terminal.question(`${question} [Y/n] `)).trim());
  } finally {
    terminal.close();
  }
}

/** @param {string[]} packages */
export function installCommand(packages) {
  return `sudo apt-get install --no-install-recommends ${packages.join(' ')}`;
}

/**
 * @param {string[]} packages
 * @param {string[]} prefix `sudo`, or nothing
 * @returns {Promise<{ ok: boolean, space: string | undefined, output: string }>}
 */
export async function aptInstall(packages, prefix) {
  const wait = ['-o', 'DPkg::Lock::Timeout=300'];
  const update = await apt(prefix, [...wait, 'update', '-q']);
  // One unreachable third-party source fails the update; the packages may well be known all the same.
  if (update.code !== 0) say('apt-get update did not end well; trying with the lists at hand.');
  const flags = ['install', '-y', '-q', '--no-install-recommends'];
  const { code, output } = await apt(prefix, [...wait, ...flags, ...packages]);
  return { ok: code === 0, space: spaceOf(output), output };
}

/** Debian's packages that start a service at once and at every boot. */
const services = { mosquitto: 'mosquitto', 'docker.io': 'docker.socket docker' };

/**
 * The tests start their own broker and their own engine; a service that this machine did not have before must not stay.
 * @param {string[]} packages that were installed just now
 * @param {string[]} prefix
 */
export async function keepServicesQuiet(packages, prefix) {
  for (const [name, units] of Object.entries(services)) {
    if (!packages.includes(name)) continue;
    const script = units.split(' ').at(-1);
    const stop = [
      `if [ -d /run/systemd/system ]; then systemctl disable --now ${units}`,
      `elif [ -x /etc/init.d/${script} ]; then /etc/init.d/${script} stop; update-rc.d ${script} disable; fi`,
    ].join('; ');
    await run([...prefix, 'sh', '-c', stop]);
  }
}

/**
 * @param {string} output of apt-get install in the C locale
 * @returns {string | undefined} such as `64.4 MB`
 */
export function spaceOf(output) {
  return /After this operation, ([\d.,]+ [kMG]?B) of additional disk space/.exec(output)?.[1];
}

/**
 * @param {string[]} prefix
 * @param {string[]} args
 */
function apt(prefix, args) {
  return run([...prefix, 'env', 'DEBIAN_FRONTEND=noninteractive', 'LC_ALL=C', 'apt-get', ...args]);
}

/** @param {string[]} words */
async function run([command = '', ...args]) {
  let output = '';
  const code = await runChild(command, args, {
    // sudo reads its password from the terminal itself.
    stdio: ['ignore', 'pipe', 'pipe'],
    onText: (text) => {
      output += text;
    },
  });
  return { code, output };
}
