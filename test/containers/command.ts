import { spawn } from 'node:child_process';

export interface Ended {
  /** Undefined when a signal ended it. */
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  /** Goes to standard input. */
  readonly input?: string | Buffer;
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
  /** Passes on what it says, line by line, while it runs. */
  readonly onLine?: (line: string) => void;
}

/** Runs a program to its end, whatever that is. */
export async function run(command: string, args: readonly string[], options: CommandOptions = {}): Promise<Ended> {
  const { input, env = {}, timeoutMs = 120_000, onLine } = options;
  const child = spawn(command, args, {
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: timeoutMs,
  });
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (chunk: string) => {
      said[name] += chunk;
      if (onLine) for (const line of chunk.split('\n')) if (line.trim() !== '') onLine(line);
    });
  }
  // A program that ends without reading its input is judged by its exit code.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code: code ?? undefined, ...said }));
  });
}

/** As {@link run}, for what must succeed; gives standard output. */
export async function succeed(command: string, args: readonly string[], options?: CommandOptions): Promise<string> {
  const { code, stdout, stderr } = await run(command, args, options);
  if (code === 0) return stdout;
  const end = `${stdout.slice(-1500)}\n${stderr.slice(-3000)}`.trim();
  throw new Error(`Expected \`${[command, ...args].join(' ')}\` to succeed, got exit code ${code}:\n${end}`);
}
