import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { eventually } from './eventually.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

export interface SightlineOptions {
  /** Where it runs: `./faces`, `./.sightline` and relative paths are there. */
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface Finished {
  /** Undefined when a signal ended it. */
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** The last line of `up --once`. */
export interface Balance {
  readonly frames: number;
  readonly captured: number;
  readonly stored: number;
  readonly refused: number;
  readonly evicted: number;
  readonly released: number;
  readonly pending: number;
  readonly seconds: number;
}

/** `sightline …` as a process of its own. */
export class SightlineProcess {
  readonly pid: number;
  readonly #child: ChildProcess;
  readonly #finished: Promise<Finished>;
  #stdout = '';
  #stderr = '';

  constructor(args: readonly string[], { cwd, env = {} }: SightlineOptions) {
    this.#child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', MAIN, ...args], {
      cwd,
      // Pulled models of whoever runs the tests stay out of them.
      env: { ...withoutOurs(process.env), SIGHTLINE_MODELS_PATH: `${cwd}/models`, ...env },
      // The channel ends with the test's own process, and with it what a test that failed has left running.
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.pid = this.#child.pid ?? 0;
    this.#child.stdout?.on('data', (chunk) => {
      this.#stdout += chunk;
    });
    this.#child.stderr?.on('data', (chunk) => {
      this.#stderr += chunk;
    });
    this.#finished = once(this.#child, 'close').then(([code]) => ({
      code: code ?? undefined,
      stdout: this.#stdout,
      stderr: this.#stderr,
    }));
  }

  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return this.#stderr;
  }

  /** Resolves when it has ended and all its output is read. */
  async finished(): Promise<Finished> {
    return this.#finished;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Asks it to end, and waits. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Finished> {
    this.signal(signal);
    return this.#finished;
  }

  /** Waits until standard output matches; gives the groups of the match. */
  async says(pattern: RegExp, timeoutMs = 20_000): Promise<readonly string[]> {
    const match = await eventually(
      () => {
        const found = this.#stdout.match(pattern);
        if (!found && this.#child.exitCode !== null) throw new Error(`Ended before ${pattern}: ${this.#stderr}`);
        return found;
      },
      (found) => found !== null,
      timeoutMs,
    );
    return match?.slice(1) ?? [];
  }
}

/** Runs it to its end; a test's own time limit is the deadline. */
export async function sightline(options: SightlineOptions, ...args: string[]): Promise<Finished> {
  return new SightlineProcess(args, options).finished();
}

/** Where a running `up` says that it can be reached. */
export async function addressesOf(up: SightlineProcess): Promise<{ edge: string; cloud: string; health: string }> {
  const [edge = '', cloud = '', health = ''] = await up.says(
    /edge broker +(mqtt:\S+)[\s\S]*cloud broker +(mqtt:\S+)[\s\S]*health +(http:\S+)\/readyz/,
  );
  return { edge, cloud, health };
}

/** The last line of standard output of `up --once`. */
export function balanceOf({ stdout }: Pick<Finished, 'stdout'>): Balance {
  return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '');
}

/** Without our variables, and without npm's: started by npm, it would watch its parent. */
function withoutOurs(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^(SIGHTLINE|npm)_/i.test(name)));
}
