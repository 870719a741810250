import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeStamp } from '../../setup/installed.js';
import { eventually } from '../support/eventually.ts';

const project = fileURLToPath(new URL('../..', import.meta.url));

// Notes each signal, as the real main.ts would shut down on it; `--stubborn` goes on.
const main = `
import { appendFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
const note = (word: string) => appendFileSync(fileURLToPath(new URL('../notes', import.meta.url)), word + '\\n');
const [command, value] = process.argv.slice(2);
if (command === 'exit') {
  console.log(JSON.stringify({ node: Number.parseInt(process.versions.node, 10), arguments: process.argv.slice(2) }));
  process.exitCode = Number(value);
} else if (command === 'crash') {
  process.kill(process.pid, 'SIGKILL');
} else {
  const timer = setInterval(() => {}, 1000);
  const end = (word: string) => {
    note(word);
    if (value !== '--stubborn') clearInterval(timer);
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => end(signal));
  process.on('disconnect', () => end('disconnect'));
  process.channel?.unref();
  note('pid ' + process.pid + ' ' + process.ppid);
}
`;

/** A clone that is set up already, with the real bin/, setup/ and .npmrc and a stand-in for src/main.ts. */
export class StandInClone {
  root = '';
  readonly #children: ChildProcess[] = [];

  start(): void {
    this.root = mkdtempSync(join(tmpdir(), 'sightline-clone-'));
    for (const path of ['bin', 'setup', '.npmrc', 'package.json']) {
      cpSync(join(project, path), join(this.root, path), { recursive: true });
    }
    writeFileSync(join(this.root, 'package-lock.json'), '{"lockfileVersion":3,"packages":{}}');
    for (const folder of ['src', 'node_modules/node/bin', 'node_modules/.bin']) {
      mkdirSync(join(this.root, folder), { recursive: true });
    }
    writeFileSync(join(this.root, 'src/main.ts'), main);
    symlinkSync(process.execPath, join(this.root, 'node_modules/node/bin/node'));
    symlinkSync('../node/bin/node', join(this.root, 'node_modules/.bin/node'));
    writeStamp(this.root);
  }

  stop(): void {
    for (const child of this.#children) child.kill('SIGKILL');
    for (const [, pid = ''] of this.notes().map((line) => line.split(' ')))
      if (isAlive(Number(pid))) process.kill(Number(pid), 'SIGKILL');
    rmSync(this.root, { recursive: true, force: true });
  }

  run(args: string[]): { code: number | null; stdout: string; stderr: string } {
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(this.root, 'bin/sightline.js'), ...args], {
      encoding: 'utf8',
    });
    return { code: status, stdout, stderr };
  }

  /** Starts a command in the clone and waits until the service below it runs. */
  async serve(command: string, args: string[], env: Record<string, string | undefined> = {}): Promise<Running> {
    const child = spawn(command, args, { cwd: this.root, stdio: 'ignore', env: { ...process.env, ...env } });
    this.#children.push(child);
    await eventually(
      () => this.notes().length,
      (lines) => lines > 0,
      20_000,
    );
    const [, service = '', above = ''] = this.notes()[0]?.split(' ') ?? [];
    return { child, servicePid: Number(service), parentPid: Number(above) };
  }

  /** What the service noted: its pid and its parent's, then one line per signal. */
  notes(): string[] {
    try {
      return readFileSync(join(this.root, 'notes'), 'utf8').trim().split('\n');
    } catch {
      return [];
    }
  }
}

export interface Running {
  readonly child: ChildProcess;
  readonly servicePid: number;
  readonly parentPid: number;
}

export async function exitOf(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return child.exitCode;
}

export function isAlive(pid: number): boolean {
  try {
    return pid > 0 && process.kill(pid, 0);
  } catch {
    return false;
  }
}
