import { Backoff, pause } from '../../platform/backoff.ts';
import type { CameraConfig } from '../../platform/config/schema.ts';
import type { Log } from '../../platform/log.ts';
import { errorMessage } from '../../platform/sightline-error.ts';
import type { Frame } from './frame.ts';
import { type Schedule, scheduleOf } from './schedule/schedule.ts';
import { openSource } from './sources/open-source.ts';
import type { FrameSource, Pace, SourceStatus } from './sources/source.ts';
import { parseSourceSpec } from './sources/source-spec.ts';

/** A live camera's frames a second that are looked at, where nothing is configured; files have their own. */
const LIVE_FPS = 10;
const LIVE_SOURCES: ReadonlySet<string> = new Set(['device', 'rtsp', 'http']);
const CHECK_MS = 1_000;
/** Pauses before a live camera is tried again whose pictures could not be worked on. */
const AGAIN = { firstMs: 1_000, maxMs: 30_000 };

/** A source's state; `off` outside the camera's hours, when nothing is read from it. */
export type CameraStatus = SourceStatus | { readonly state: 'off'; readonly restarts: number; readonly error?: never };

export interface CameraFeedOptions {
  readonly camera: CameraConfig;
  readonly pace: Pace;
  /** Play `sample` once and end. */
  readonly once: boolean;
  readonly log: Log;
  /** The clock that the camera's hours go by. */
  readonly now?: () => Date;
  /** How its source is opened. */
  readonly openSource?: typeof openSource;
}

/** Works on the frames of one source until they end. */
export type Play = (frames: AsyncIterable<Frame>) => Promise<void>;

/** Where a camera's frames come from: its source, closed outside the camera's hours, opened anew after them and after a failure of ours. */
export class CameraFeed {
  readonly #options: CameraFeedOptions;
  readonly #schedule: Schedule;
  #source: FrameSource | undefined;
  #status: CameraStatus = { state: 'connecting', restarts: 0 };
  /** Of sources that were closed. */
  #before = { dropped: 0, restarts: 0 };

  constructor(options: CameraFeedOptions) {
    this.#options = options;
    this.#schedule = scheduleOf(options.camera.schedule);
  }

  get status(): CameraStatus {
    return this.#status;
  }

  /** Whether time passes there when no frame comes: in a file it doesn't. */
  get isLive(): boolean {
    return this.#source?.kind === 'live';
  }

  /** Frames lost because the machine was late. */
  get dropped(): number {
    return this.#before.dropped + (this.#source?.counts.dropped ?? 0);
  }

  /** Finds out whether the source can be used at all. @throws SourceError when it can't: a missing file, an unknown kind. */
  async open(): Promise<void> {
    this.#source = await this.#openSource();
  }

  /**
   * Plays until the source ends or the signal is aborted. Files are played at any hour.
   *
   * @throws what went wrong with a file or its pictures. A live camera is tried again instead.
   */
  async run(play: Play, signal: AbortSignal): Promise<void> {
    if (!this.#source) throw new Error('Expected the camera to be opened');
    try {
      if (this.#source.kind === 'file') await play(this.#source.frames(signal));
      else await this.#runLive(this.#source, play, signal);
    } catch (error) {
      this.#noteFailure(error);
      throw error;
    }
  }

  async #runLive(first: FrameSource, play: Play, signal: AbortSignal): Promise<void> {
    const backoff = new Backoff(AGAIN);
    let source = first;
    for (await this.#openingHour(signal); !signal.aborted; await this.#openingHour(signal)) {
      const startedAtMs = performance.now();
      const hasFailed = !(await this.#playUntilClosed(source, play, signal));
      if (signal.aborted) return;
      if (performance.now() - startedAtMs > AGAIN.maxMs) backoff.reset();
      // Also a live source that ended by itself is not opened again and again without a pause.
      if (this.#isOpen()) await pause(backoff.next(), signal);
      source = await this.#openSource();
      this.#before = { dropped: this.dropped, restarts: this.#status.restarts + Number(hasFailed) };
      this.#source = source;
    }
  }

  /** Until the end of the hours. @returns whether nothing went wrong with the pictures. */
  async #playUntilClosed(source: FrameSource, play: Play, signal: AbortSignal): Promise<boolean> {
    const closing = new AbortController();
    const checks = setInterval(() => !this.#isOpen() && closing.abort(), CHECK_MS);
    try {
      await play(source.frames(AbortSignal.any([signal, closing.signal])));
      return true;
    } catch (error) {
      this.#noteFailure(error);
      return false;
    } finally {
      clearInterval(checks);
    }
  }

  async #openSource(): Promise<FrameSource> {
    const { camera, pace, once, log, openSource: open = openSource } = this.#options;
    return open(camera.source, {
      pace,
      fps: camera.fps ?? (LIVE_SOURCES.has(parseSourceSpec(camera.source).type) ? LIVE_FPS : undefined),
      username: camera.username,
      password: camera.password,
      loop: !once,
      log: log.child({ camera: camera.id }),
      onState: (status) => this.#noteStatus(status),
    });
  }

  /** Waits for it. In short steps: the clock may be set, the machine may sleep. */
  async #openingHour(signal: AbortSignal): Promise<void> {
    if (this.#isOpen()) return;
    this.#status = { state: 'off', restarts: this.#status.restarts };
    const until = this.#schedule.nextChange(this.#now());
    this.#options.log.info({ camera: this.#options.camera.id, until }, 'camera off: outside its hours');
    while (!signal.aborted && !this.#isOpen()) await pause(CHECK_MS, signal);
  }

  #isOpen(): boolean {
    return this.#schedule.isOpen(this.#now());
  }

  #now(): Date {
    return this.#options.now?.() ?? new Date();
  }

  /** A source's fault is told by the source itself, with what to do. */
  #noteStatus(status: SourceStatus): void {
    const restarts = status.restarts + this.#before.restarts;
    if (status.state === 'streaming' && this.#status.state !== 'streaming') {
      this.#options.log.info({ camera: this.#options.camera.id, restarts }, 'camera streams');
    }
    this.#status = { ...status, restarts };
  }

  #noteFailure(error: unknown): void {
    const reason = errorMessage(error);
    this.#status = { state: 'failed', restarts: this.#status.restarts, error: reason };
    this.#options.log.error({ camera: this.#options.camera.id, reason }, 'camera failed');
  }
}
