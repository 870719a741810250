import { spawn } from 'node:child_process';
import { constants } from 'node:os';

const passedOn = /** @type {const} */ (['SIGTERM', 'SIGINT', 'SIGHUP']);
// Shorter than the half second within which main.ts takes a second signal for an echo of the first.
const parentCheckMs = 200;

/**
 * Runs a command to its end. Signals go on to it, and so does the death of whoever started us: `kill` of npx alone
 * must not leave a service behind.
 * @param {string} command
 * @param {string[]} args
 * @param {import('node:child_process').SpawnOptions & { onText?: (text: string) => void }} [options]
 *   `onText` gets standard output and standard error where they are piped
 * @returns {Promise<number>} exit code; 128 + n where signal n ended it, as shells count
 */
export function runChild(command, args, { onText, ...options } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, options);
    const parent = process.ppid;
    let ending = false;
    /** @param {NodeJS.Signals} signal */
    const end = (signal) => {
      ending = true;
      child.kill(signal);
    };
    // Started by hand, we may outlive the shell on purpose (nohup); npm never leaves its children on purpose.
    const startedByNpm = process.env.npm_command !== undefined;
    const watch = setInterval(() => {
      if (startedByNpm && !ending && process.ppid !== parent) end('SIGTERM');
    }, parentCheckMs);
    for (const signal of passedOn) process.on(signal, end);
    const settle = () => {
      clearInterval(watch);
      for (const signal of passedOn) process.off(signal, end);
    };
    child.stdout?.setEncoding('utf8').on('data', (text) => onText?.(text));
    child.stderr?.setEncoding('utf8').on('data', (text) => onText?.(text));
    child.on('error', (error) => {
      settle();
      reject(error);
    });
    child.on('close', (code, signal) => {
      settle();
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}
