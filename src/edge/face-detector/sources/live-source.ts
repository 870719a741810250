import { Backoff, pause } from '../../../platform/backoff.ts';
import type { Log } from '../../../platform/log.ts';
import type { Frame } from '../frame.ts';
import { type FfmpegInput, ffmpegInvocation } from './ffmpeg-arguments.ts';
import { cameraFailure } from './ffmpeg-failure.ts';
import type { FfmpegProgram } from './ffmpeg-program.ts';
import { FfmpegRun } from './ffmpeg-run.ts';
import { NewestFrame } from './newest-frame.ts';
import { RateLimit } from './rate-limit.ts';
import { type FrameSource, noCounts, type SourceOptions, type SourceState } from './source.ts';
import { SourceError } from './source-error.ts';

const BACKOFF = { firstMs: 1000, maxMs: 30_000 };
const HEALTHY_AFTER_MS = 30_000;
const DEFAULT_STALL_MS = 10_000;

export interface LiveSourceParts {
  readonly name: string;
  readonly input: FfmpegInput;
  /** Texts that must not be shown. */
  readonly secrets: readonly string[];
  readonly program: FfmpegProgram;
}

/** A camera: read without pause, the newest frame wins, opened anew whenever it fails, stalls or ends. */
export class LiveSource implements FrameSource {
  readonly kind = 'live';
  readonly name: string;
  readonly counts = noCounts();
  readonly #parts: LiveSourceParts;
  readonly #options: SourceOptions;
  readonly #log: Log;
  readonly #stallMs: number;
  readonly #limit: RateLimit;
  #run: FfmpegRun | undefined;
  #restarts = 0;
  #index = 0;
  #asksForFps = true;

  constructor(parts: LiveSourceParts, options: SourceOptions) {
    this.name = parts.name;
    this.#parts = parts;
    this.#options = options;
    this.#log = options.log;
    this.#stallMs = options.stallTimeoutMs ?? DEFAULT_STALL_MS;
    this.#limit = new RateLimit(options.fps);
  }

  /** The child that runs now. */
  get pid(): number | undefined {
    return this.#run?.pid;
  }

  async *frames(signal: AbortSignal): AsyncGenerator<Frame> {
    if (this.#run !== undefined) {
      throw new SourceError('source-used-twice', 'Expected frames() to be called once, got a second call');
    }
    const newest = new NewestFrame();
    const left = new AbortController();
    const watching = this.#watch(newest, AbortSignal.any([signal, left.signal])).then(
      () => newest.close(),
      (error: unknown) => newest.close(error),
    );
    try {
      for (let frame = await newest.take(); frame !== undefined && !signal.aborted; frame = await newest.take()) {
        this.counts.delivered += 1;
        yield frame;
      }
    } finally {
      left.abort();
      await watching;
      this.#report('ended');
    }
  }

  async #watch(newest: NewestFrame, signal: AbortSignal): Promise<void> {
    const backoff = new Backoff(BACKOFF);
    while (!signal.aborted) {
      this.#report('connecting');
      const startedMs = performance.now();
      const failure = await this.#readOnce(newest, signal);
      if (signal.aborted) return;
      if (performance.now() - startedMs >= HEALTHY_AFTER_MS + this.#stallMs) backoff.reset();
      // A camera that is asked with a wrong password too often locks the user out.
      const waitMs = failure.code === 'camera-refused-login' ? BACKOFF.maxMs : backoff.next();
      this.#report('failed', failure);
      this.#log.warn(
        { source: this.name, error: failure.message, hint: failure.hint, retryInMs: Math.round(waitMs) },
        'camera lost',
      );
      await pause(waitMs, signal);
      if (!signal.aborted) this.#restarts += 1;
    }
  }

  /** One life of the child, from its start to its end, for whatever reason. */
  async #readOnce(newest: NewestFrame, signal: AbortSignal): Promise<SourceError> {
    const { input, program, secrets } = this.#parts;
    const fps = input.type === 'device' && !this.#asksForFps ? undefined : this.#options.fps;
    const networkTimeoutMs = this.#stallMs + 5000;
    const run = new FfmpegRun(program.path, ffmpegInvocation(input, program.version, { fps, networkTimeoutMs }));
    this.#run = run;
    const stop = (): void => void run.stop();
    let stalled = false;
    let size = '';
    const stall = setTimeout(() => {
      stalled = true;
      this.#report('stalled');
      stop();
    }, this.#stallMs);
    run.start();
    signal.addEventListener('abort', stop, { once: true });
    try {
      for (let raw = await run.next(); raw !== undefined && !signal.aborted; raw = await run.next()) {
        stall.refresh();
        const { width, height, data, colour, release } = raw;
        const cut = size !== `${width}x${height}`;
        const frame = { width, height, data, colour, release, index: this.#index, capturedAt: new Date(), cut };
        this.#index += 1;
        if (size === '') this.#report('streaming');
        if (!frame.cut && !this.#limit.admits(performance.now())) {
          this.counts.passedOver += 1;
          release();
          continue;
        }
        size = `${width}x${height}`;
        const lost = newest.put(frame);
        if (lost === undefined) continue;
        this.counts.dropped += 1;
        lost.release?.();
      }
    } finally {
      clearTimeout(stall);
      signal.removeEventListener('abort', stop);
      await run.stop();
    }
    if (/VIDIOC_S_PARM/.test(run.lastWords)) this.#asksForFps = false;
    if (stalled) {
      const message = `No picture came from the camera for ${this.#stallMs / 1000} s`;
      return new SourceError('camera-silent', message, {
        retryable: true,
        hint: 'check the camera and the network to it',
      });
    }
    return cameraFailure(run.lastWords, secrets, size !== '');
  }

  #report(state: SourceState, failure?: SourceError): void {
    const error = failure === undefined ? {} : { error: failure.message };
    const hint = failure?.hint === undefined ? {} : { hint: failure.hint };
    this.#options.onState?.({ state, restarts: this.#restarts, ...error, ...hint });
  }
}
