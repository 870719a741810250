import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, cpSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually } from '../support/eventually.ts';
import { temporaryFolder } from '../support/folder.ts';
import { freePort } from '../support/free-port.ts';

const OURS = fileURLToPath(new URL('../../deploy/broker/', import.meta.url));
/** As in the container; another user than who runs the tests, where those are root. */
const USER = 1883;
const IS_ROOT = process.getuid?.() === 0;

/** deploy/broker as a container runs it: its entrypoint as an ordinary user, with mounted files in a folder. */
export class DeployedBroker {
  readonly #folder = temporaryFolder();
  readonly #side: 'edge' | 'cloud';
  readonly #environment: Readonly<Record<string, string>>;
  #child: ChildProcess | undefined;
  #words = '';
  port = 0;

  constructor(side: 'edge' | 'cloud', environment: Readonly<Record<string, string>> = {}) {
    this.#side = side;
    this.#environment = environment;
    chmodSync(this.#folder.path, 0o755);
    for (const folder of ['data', 'run', 'tls', 'crl', 'passwords', 'local']) mkdirSync(this.#path(folder));
    cpSync(OURS, this.#path('config'), { recursive: true });
    // Everything that it refuses is to be seen.
    for (const side of ['edge', 'cloud'])
      this.amend(`config/${side}.conf`, (text) => text.replace(/^log_type /m, 'log_type debug\n$&'));
    this.#hand('data', 'run');
  }

  get url(): string {
    return `${this.#side === 'cloud' ? 'mqtts' : 'mqtt'}://127.0.0.1:${this.port}`;
  }

  get folder(): string {
    return this.#folder.path;
  }

  /** What entrypoint and Mosquitto have said so far. */
  get words(): string {
    return this.#words;
  }

  /** Puts a file where it is mounted: a new one in its place at once, as Kubernetes and careful scripts do. */
  put(path: string, text: string): void {
    const file = this.#path(path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(`${file}.new`, text);
    renameSync(`${file}.new`, file);
    this.#hand(path);
  }

  putServer({ ca, cert, key, crl }: { ca: string; cert: string; key: string; crl?: string }): void {
    this.put('tls/ca.crt', ca);
    this.put('tls/tls.key', key);
    this.put('tls/tls.crt', cert);
    if (crl !== undefined) this.put('crl/ca.crl', crl);
  }

  remove(path: string): void {
    rmSync(this.#path(path), { recursive: true });
  }

  amend(path: string, change: (text: string) => string): void {
    writeFileSync(this.#path(path), change(readFileSync(this.#path(path), 'utf8')));
  }

  /** Starts it and waits until it listens. */
  async start(): Promise<void> {
    this.port ||= await freePort();
    this.#spawn();
    await eventually(
      () => this.health() || this.#child?.exitCode,
      (state) => state !== null,
    );
    if (!this.health()) throw new Error(`The broker ended: ${this.#words}`);
  }

  /** Its exit code, of a start that can't go well. */
  async startInVain(): Promise<number> {
    this.port ||= await freePort();
    return this.#ended(this.#spawn());
  }

  /** `entrypoint.sh check`, beside whatever runs: its exit code and words. */
  check(): { readonly code: number | null; readonly words: string } {
    this.port ||= 1;
    const [command = '', ...args] = this.#command('check');
    const { status, stderr } = spawnSync(command, args, {
      env: { ...this.#env(), SIGHTLINE_BROKER_RUN: this.#path('run/check') },
      encoding: 'utf8',
    });
    return { code: status, words: stderr };
  }

  /** What the container's health check says. */
  health(): boolean {
    try {
      execFileSync('sh', [this.#path('config/entrypoint.sh'), 'health'], { env: this.#env(), stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  }

  get mosquittoPid(): number {
    return Number(readFileSync(this.#path('run/files/pid'), 'utf8'));
  }

  /** SIGTERM, as a container is stopped; its exit code. */
  async end(): Promise<number> {
    const child = this.#child as ChildProcess;
    const ended = this.#ended(child);
    child.kill('SIGTERM');
    return ended;
  }

  /** Exit code without anybody's signal. */
  async ended(): Promise<number> {
    return this.#ended(this.#child as ChildProcess);
  }

  async stop(): Promise<void> {
    if (this.#child && this.#child.exitCode === null) await this.end();
    this.#folder.remove();
  }

  #spawn(): ChildProcess {
    const [command = '', ...args] = this.#command();
    const child = spawn(command, args, { env: this.#env(), stdio: ['ignore', 'ignore', 'pipe'] });
    // Also where a test fails before it cleans up.
    const end = () => child.kill('SIGTERM');
    process.once('exit', end);
    child.once('exit', () => process.off('exit', end));
    child.stderr?.on('data', (chunk) => {
      this.#words += chunk;
    });
    this.#child = child;
    return child;
  }

  #command(...words: string[]): string[] {
    const asUser = IS_ROOT ? ['setpriv', `--reuid=${USER}`, `--regid=${USER}`, '--clear-groups'] : [];
    return [...asUser, 'sh', this.#path('config/entrypoint.sh'), ...words, this.#side];
  }

  async #ended(child: ChildProcess): Promise<number> {
    if (child.exitCode === null) await once(child, 'close');
    return child.exitCode ?? -1;
  }

  #env(): NodeJS.ProcessEnv {
    return {
      PATH: `${process.env.PATH}:/usr/sbin`,
      SIGHTLINE_BROKER_ROOT: this.#folder.path,
      SIGHTLINE_BROKER_RUN: this.#path('run/files'),
      SIGHTLINE_BROKER_PORT: String(this.port),
      SIGHTLINE_BROKER_HOST: '127.0.0.1',
      SIGHTLINE_BROKER_CHECK_SECONDS: '1',
      ...this.#environment,
    };
  }

  #path(path: string): string {
    return join(this.#folder.path, path);
  }

  #hand(...paths: string[]): void {
    if (IS_ROOT) for (const path of paths) chownSync(this.#path(path), USER, USER);
  }
}
