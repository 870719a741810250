import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { PYTHON } from './parts.ts';

const FOLDER = fileURLToPath(new URL('../interop/', import.meta.url));

/** Runs one of the programs in test/interop to its end. */
export async function runPython(program: string, ...args: readonly string[]): Promise<void> {
  await promisify(execFile)(PYTHON, [`${FOLDER}${program}`, ...args], { timeout: 20_000 });
}

/** Starts one of the programs in test/interop and waits until it says "ready". */
export async function startPython(program: string, ...args: readonly string[]): Promise<{ stop(): Promise<void> }> {
  const child = spawn(PYTHON, [`${FOLDER}${program}`, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exit = once(child, 'exit');
  const ready = once(child.stdout, 'data');
  await Promise.race([ready, exit.then(() => Promise.reject(new Error(`Expected ${program} to run, but it ended`)))]);
  return {
    async stop() {
      child.kill('SIGKILL');
      await exit;
    },
  };
}
