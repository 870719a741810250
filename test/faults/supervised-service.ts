import { readFileSync } from 'node:fs';
import type { KillPoint } from '../../src/platform/kill-points.ts';
import { eventually } from '../support/eventually.ts';
import { SightlineProcess } from '../support/sightline.ts';

const RESTART_MS = 100;

export interface SupervisedServiceOptions {
  /** `forwarder`, … */
  readonly name: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly httpPort: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** A service as systemd or Kubernetes runs it: whoever ends without being told to is started again. */
export class SupervisedService {
  readonly name: string;
  readonly #options: SupervisedServiceOptions;
  #process: SightlineProcess | undefined;
  #isWanted = false;
  #extraEnv: Readonly<Record<string, string>> = {};
  #switches: string[] = [];
  #peakRssBytes = 0;
  #watch: NodeJS.Timeout | undefined;
  #restarted: Promise<void> = Promise.resolve();
  /** Kill points that were hit, in order. */
  readonly deaths: string[] = [];
  /** Ends that nobody had asked for, with what was said last. */
  readonly crashes: string[] = [];

  constructor(options: SupervisedServiceOptions) {
    this.name = options.name;
    this.#options = options;
  }

  start(): void {
    this.#isWanted = true;
    this.#run();
    this.#watch = setInterval(() => this.#measure(), 200);
  }

  /** Further variables from the next start on. */
  set env(env: Readonly<Record<string, string>>) {
    this.#extraEnv = env;
  }

  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#options.httpPort}`;
  }

  get peakRssBytes(): number {
    return this.#peakRssBytes;
  }

  /** What the process that runs now has logged. */
  get stderr(): string {
    return this.#process?.stderr ?? '';
  }

  /** Waits until it answers. */
  async alive(timeoutMs = 60_000): Promise<void> {
    await eventually(
      () => this.#ask('/livez'),
      (text) => text !== undefined,
      timeoutMs,
    );
  }

  async isReady(): Promise<boolean> {
    return (await this.#ask('/readyz', true)) !== undefined;
  }

  /** A metric without its prefix, with its labels as Prometheus writes them; undefined when it is not there. */
  async metric(name: string): Promise<number | undefined> {
    const line = (await this.#ask('/metrics'))?.split('\n').find((text) => text.startsWith(`sightline_${name} `));
    return line === undefined ? undefined : Number(line.slice(line.lastIndexOf(' ') + 1));
  }

  /** Has it die at each of these points, one after the other, beginning with a death right now. */
  async dieAt(points: readonly (KillPoint | `${KillPoint}:${number}`)[], timeoutMs: number): Promise<void> {
    const before = this.deaths.length;
    this.#switches.push(...points);
    await this.kill();
    await eventually(
      () => this.deaths.slice(before),
      (deaths) => deaths.length >= points.length,
      timeoutMs,
    );
  }

  /** SIGKILL; it is started again. */
  async kill(): Promise<void> {
    const process = this.#process;
    this.#expected.add(process);
    this.#measure();
    process?.signal('SIGKILL');
    await process?.finished();
    await this.#restarted;
  }

  signal(signal: NodeJS.Signals): void {
    this.#process?.signal(signal);
  }

  /** Ends it for good; gives its exit code, undefined when a signal ended it. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | undefined> {
    this.#isWanted = false;
    clearInterval(this.#watch);
    this.#measure();
    await this.#restarted;
    const process = this.#process;
    this.#process = undefined;
    process?.signal('SIGCONT');
    return (await process?.stop(signal))?.code;
  }

  readonly #expected = new Set<SightlineProcess | undefined>();

  #run(): void {
    const { args, name, cwd, env, httpPort } = this.#options;
    const killAt = this.#switches.shift();
    const process = new SightlineProcess([name, ...args, '--http-port', String(httpPort)], {
      cwd,
      env: { ...env, ...this.#extraEnv, ...(killAt === undefined ? {} : { SIGHTLINE_TEST_KILL_AT: killAt }) },
    });
    this.#process = process;
    void process.finished().then(({ code, stderr }) => {
      if (this.#expected.delete(process)) this.#restart();
      else if (this.#isWanted) {
        if (code === undefined && killAt !== undefined) this.deaths.push(killAt);
        else this.crashes.push(`${name} ended with ${code ?? 'a signal'}: ${stderr.trimEnd().slice(-600)}`);
        this.#restart();
      }
    });
  }

  #restart(): void {
    this.#restarted = new Promise((resolve) => {
      setTimeout(() => {
        if (this.#isWanted) this.#run();
        resolve();
      }, RESTART_MS);
    });
  }

  /** VmHWM is the peak of the process's life (proc(5)). */
  #measure(): void {
    try {
      const status = readFileSync(`/proc/${this.pid}/status`, 'utf8');
      const peak = Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024;
      this.#peakRssBytes = Math.max(this.#peakRssBytes, peak);
    } catch {
      // It has just ended.
    }
  }

  async #ask(path: string, mustBeOk = false): Promise<string | undefined> {
    try {
      const response = await fetch(`${this.url}${path}`, { signal: AbortSignal.timeout(5_000) });
      const text = await response.text();
      return response.ok || !mustBeOk ? text : undefined;
    } catch {
      return undefined;
    }
  }
}
