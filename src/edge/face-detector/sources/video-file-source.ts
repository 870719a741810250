import type { Frame } from '../frame.ts';
import { ffmpegInvocation } from './ffmpeg-arguments.ts';
import { fileFailure } from './ffmpeg-failure.ts';
import type { FfmpegProgram } from './ffmpeg-program.ts';
import { FfmpegRun } from './ffmpeg-run.ts';
import { PlayClock } from './play-clock.ts';
import { playInRealTime } from './play-in-real-time.ts';
import { type FrameSource, noCounts, type SourceOptions } from './source.ts';
import { SourceError } from './source-error.ts';

/** Where a frame has no time of its own, it follows the one before by this much. */
const UNTIMED_STEP_SECONDS = 0.04;

/** A video file through ffmpeg. `index` is the decoded frame's number, whatever is dropped or passed over. */
export class VideoFileSource implements FrameSource {
  readonly kind = 'file';
  readonly name: string;
  readonly counts = noCounts();
  readonly #program: FfmpegProgram;
  readonly #options: SourceOptions;
  #used = false;

  constructor(path: string, program: FfmpegProgram, options: SourceOptions) {
    this.name = path;
    this.#program = program;
    this.#options = options;
  }

  async *frames(signal: AbortSignal): AsyncGenerator<Frame> {
    if (this.#used)
      throw new SourceError('source-used-twice', 'Expected frames() to be called once, got a second call');
    this.#used = true;
    const { pace, fps, onState } = this.#options;
    const clock = new PlayClock();
    onState?.({ state: 'connecting', restarts: 0 });
    const decoded = this.#decode(clock, signal);
    const frames = pace === 'max' ? decoded : playInRealTime(decoded, { clock, fps, counts: this.counts, signal });
    try {
      for await (const frame of frames) {
        if (signal.aborted) break;
        this.counts.delivered += 1;
        yield frame;
      }
      onState?.({ state: 'ended', restarts: 0 });
    } catch (error) {
      if (error instanceof SourceError) {
        onState?.({ state: 'failed', error: error.message, restarts: 0, ...(error.hint && { hint: error.hint }) });
      }
      throw error;
    }
  }

  async *#decode(clock: PlayClock, signal: AbortSignal): AsyncGenerator<Frame> {
    const input = { type: 'file', path: this.name } as const;
    const invocation = ffmpegInvocation(input, this.#program.version, { networkTimeoutMs: 0 });
    const run = new FfmpegRun(this.#program.path, invocation);
    const stop = (): void => void run.stop();
    let previous: Frame | undefined;
    let seconds = 0;
    run.start();
    signal.addEventListener('abort', stop, { once: true });
    try {
      for (let raw = await run.next(); raw !== undefined && !signal.aborted; raw = await run.next()) {
        const { width, height, data, colour, release } = raw;
        if (previous === undefined) this.#options.onState?.({ state: 'streaming', restarts: 0 });
        seconds = raw.ptsSeconds ?? (previous === undefined ? 0 : seconds + UNTIMED_STEP_SECONDS);
        const index = previous === undefined ? 0 : previous.index + 1;
        const cut = previous === undefined || previous.width !== width || previous.height !== height;
        previous = { width, height, data, colour, release, index, cut, capturedAt: clock.at(seconds) };
        yield previous;
      }
      const wholeFile = run.exitCode === 0 && previous !== undefined;
      if (!signal.aborted && !wholeFile) throw fileFailure(this.name, run.lastWords, (previous?.index ?? -1) + 1);
    } finally {
      signal.removeEventListener('abort', stop);
      await run.stop();
    }
  }
}
