import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './free-port.ts';

export interface Mosquitto {
  readonly port: number;
  readonly url: string;
  /** Ends it cleanly. */
  stop(): Promise<void>;
  /** kill -9. */
  kill(): Promise<void>;
  /** Stops it where it is: its connections stand and say nothing. `stop` and `kill` still end it. */
  freeze(): void;
  /** Lets it go on after `freeze`. */
  thaw(): void;
  /** Starts it again on the same port, with what it kept on disk. */
  restart(): Promise<void>;
}

export interface MosquittoOptions {
  readonly port?: number;
  /** Further lines of mosquitto.conf. */
  readonly lines?: readonly string[];
  /** Lines in place of the plain anonymous listener; `{port}` stands for the port. */
  readonly listener?: readonly string[];
}

/** A real Mosquitto on loopback in a folder of its own. */
export async function startMosquitto({
  port: wanted,
  lines = [],
  listener,
}: MosquittoOptions = {}): Promise<Mosquitto> {
  const port = wanted ?? (await freePort());
  const folder = mkdtempSync(join(tmpdir(), 'sightline-mosquitto-'));
  const file = join(folder, 'mosquitto.conf');
  const listenerLines = listener ?? ['listener {port} 127.0.0.1', 'allow_anonymous true'];
  const text = [
    ...listenerLines.map((line) => line.replaceAll('{port}', String(port))),
    'max_queued_messages 100000',
    'persistence true',
    `persistence_location ${folder}/`,
    'user root',
    ...lines,
  ];
  writeFileSync(file, `${text.join('\n')}\n`);
  let child = await run(file, port);
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill(signal);
      await once(child, 'exit');
    }
  };
  return {
    port,
    url: `mqtt://127.0.0.1:${port}`,
    kill: () => end('SIGKILL'),
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
    async stop() {
      child.kill('SIGCONT');
      await end('SIGTERM');
      rmSync(folder, { recursive: true, force: true });
    },
    async restart() {
      await end('SIGTERM');
      child = await run(file, port);
    },
  };
}

async function run(file: string, port: number): Promise<ChildProcess> {
  const child = spawn('mosquitto', ['-c', file], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` },
  });
  // Also where a test fails before it cleans up.
  const end = () => child.kill('SIGKILL');
  process.once('exit', end);
  child.once('exit', () => process.off('exit', end));
  let output = '';
  child.stderr?.on('data', (chunk) => {
    output = (output + chunk).slice(-2000);
  });
  for (let attempt = 0; attempt < 200; attempt += 1) {
    if (child.exitCode !== null) throw new Error(`mosquitto ended: ${output}`);
    if (await answers(port)) return child;
    await sleep(25);
  }
  throw new Error(`mosquitto did not open port ${port}: ${output}`);
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  return new Promise((resolve) => {
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
  }).finally(() => socket.destroy()) as Promise<boolean>;
}
