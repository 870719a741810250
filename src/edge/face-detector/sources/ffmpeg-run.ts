import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { FfmpegInvocation } from './ffmpeg-arguments.ts';
import { FfmpegLog } from './ffmpeg-log.ts';
import { type RawFrame, RawFrameReader } from './raw-frame-reader.ts';

const KILL_AFTER_MS = 2000;

/** One life of an ffmpeg child: start, frames, stop. */
export class FfmpegRun {
  readonly #path: string;
  readonly #invocation: FfmpegInvocation;
  #child: ChildProcess | undefined;
  #closed: Promise<unknown> | undefined;
  #reader: RawFrameReader | undefined;
  #log: FfmpegLog | undefined;

  constructor(path: string, invocation: FfmpegInvocation) {
    this.#path = path;
    this.#invocation = invocation;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** How it ended; null while it runs and after a signal. */
  get exitCode(): number | null {
    return this.#child?.exitCode ?? null;
  }

  /** ffmpeg's last words; they hold the source's URL. */
  get lastWords(): string {
    return this.#log?.tail ?? '';
  }

  start(): void {
    const { args, stdin } = this.#invocation;
    // Our own environment holds secrets of others: the child gets none of it.
    const env = { LC_ALL: 'C', AV_LOG_FORCE_NOCOLOR: '1' };
    const child = spawn(this.#path, args, { stdio: [stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'], env });
    this.#child = child;
    const failed = new Promise((resolve) => child.on('error', resolve));
    this.#closed = Promise.race([once(child, 'close'), failed]).catch(() => undefined);
    if (child.stdout === null || child.stderr === null) return;
    const reader = new RawFrameReader(child.stdout);
    const log = new FfmpegLog((shape) => reader.announce(shape));
    this.#reader = reader;
    this.#log = log;
    child.stderr.setEncoding('utf8').on('data', (text: string) => log.write(text));
    reader.start();
    void this.#closed.then(() => {
      log.end();
      reader.end();
    });
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(stdin);
  }

  /** The next frame, or undefined after the last one, when the child has ended. */
  async next(): Promise<RawFrame | undefined> {
    return this.#reader?.next();
  }

  /** Ends the child, if need be by force, and waits for it. */
  async stop(): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    const force = setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MS);
    child.kill('SIGTERM');
    // It may be blocked in a write and blind to the signal: a broken pipe wakes it.
    child.stdout?.destroy();
    await this.#closed;
    clearTimeout(force);
  }
}
