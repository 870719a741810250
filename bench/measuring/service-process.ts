import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { launchArguments, launchEnvironment } from '../../setup/launch.js';

const ROOT = join(import.meta.dirname, '../..');

export interface ServiceOptions {
  /** Where it runs: no configuration should lie there. */
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** A service as it is started in earnest (bin/run.js), in a process of its own. */
export class ServiceProcess {
  readonly pid: number;
  readonly #name: string;
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown[]>;
  #stderr = '';

  constructor(args: readonly [name: string, ...flags: string[]], { folder, environment }: ServiceOptions) {
    this.#name = args[0];
    const inherited = Object.entries(process.env).filter(([name]) => !/^(SIGHTLINE|npm)_/i.test(name));
    const env = launchEnvironment(ROOT, { ...Object.fromEntries(inherited), ...environment }, [...args]);
    const options = { cwd: folder, env, stdio: ['ignore', 'ignore', 'pipe'] as ['ignore', 'ignore', 'pipe'] };
    const child = spawn(process.execPath, launchArguments(ROOT, [...args]), options);
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-4000);
    });
    this.#child = child;
    this.pid = child.pid ?? 0;
    this.#closed = once(child, 'close');
    const kill = () => child.kill('SIGKILL');
    process.once('exit', kill);
    void this.#closed.then(() => process.off('exit', kill));
  }

  /** @throws Error with its last words when it has ended. */
  assertRuns(): void {
    if (this.#child.exitCode === null && this.#child.signalCode === null) return;
    throw new Error(`Expected the ${this.#name} to run, but it ended:\n${this.#stderr}`);
  }

  /** Asks it to end, and waits. @throws Error with its last words when it did not end well. */
  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    const [code] = await this.#closed;
    if (code !== 0) throw new Error(`Expected the ${this.#name} to end well, got exit code ${code}:\n${this.#stderr}`);
  }
}
