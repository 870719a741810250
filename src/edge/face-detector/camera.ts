import { pause } from '../../platform/backoff.ts';
import type { CameraConfig, Config } from '../../platform/config/schema.ts';
import type { Log } from '../../platform/log.ts';
import type { Metrics } from '../../platform/metrics.ts';
import { errorMessage } from '../../platform/sightline-error.ts';
import type { DetectorMetrics } from './detector-metrics.ts';
import { type DueShot, FaceWatch } from './face-watch.ts';
import type { Frame } from './frame.ts';
import type { FaceModel } from './models/face-model.ts';
import { type Schedule, scheduleOf } from './schedule/schedule.ts';
import type { Shot } from './shot.ts';
import { openSource } from './sources/open-source.ts';
import type { FrameSource, Pace, SourceStatus } from './sources/source.ts';
import { parseSourceSpec } from './sources/source-spec.ts';
import type { Visit } from './visits/visits.ts';

/** A live camera's frames a second that are looked at, where nothing is configured; files have their own. */
const LIVE_FPS = 10;
const LIVE_SOURCES: ReadonlySet<string> = new Set(['device', 'rtsp', 'http']);
const CHECK_MS = 1_000;

/** A source's state; `off` outside the camera's hours, when nothing is read from it. */
export type CameraStatus = SourceStatus | { readonly state: 'off'; readonly restarts: number; readonly error?: never };

export interface CameraOptions {
  readonly camera: CameraConfig;
  readonly config: Config;
  readonly pace: Pace;
  /** Play `sample` once and end. */
  readonly once: boolean;
  readonly model: FaceModel;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly counters: DetectorMetrics;
  /** The clock that the camera's hours go by. */
  readonly now?: () => Date;
  /** A shot is to be sent. Frames wait for it. */
  readonly onShot: (camera: string, shot: Shot, visit: Visit | undefined) => Promise<void>;
}

/** One camera: its frames, the faces in them, and what of these is to be sent. */
export class Camera {
  readonly #options: CameraOptions;
  readonly #watch: FaceWatch;
  readonly #schedule: Schedule;
  #source: FrameSource | undefined;
  #status: CameraStatus = { state: 'connecting', restarts: 0 };
  /** Of sources that the end of the camera's hours closed. */
  readonly #before = { dropped: 0, restarts: 0 };
  #framesSeen = 0;
  #lastFrameAtMs = 0;

  constructor(options: CameraOptions) {
    this.#options = options;
    this.#watch = new FaceWatch(options);
    this.#schedule = scheduleOf(options.camera.schedule);
  }

  get id(): string {
    return this.#options.camera.id;
  }

  get status(): CameraStatus {
    return this.#status;
  }

  /** Frames that came from the source. */
  get framesSeen(): number {
    return this.#framesSeen;
  }

  /** Finds out whether the source can be used at all. @throws SourceError when it can't: a missing file, an unknown kind. */
  async open(): Promise<void> {
    const { camera, metrics } = this.#options;
    this.#source = await this.#openSource();
    const labels = { camera: camera.id };
    metrics.observed('camera_up', 'Whether the camera delivers frames.', labels, () =>
      Number(this.#status.state === 'streaming'),
    );
    metrics.observed('camera_restarts', 'How often the source was opened anew.', labels, () => this.#status.restarts);
    metrics.observed('camera_frames', 'Frames that came from the source.', labels, () => this.#framesSeen);
    metrics.observed(
      'camera_frames_dropped',
      'Frames lost because the machine was late.',
      labels,
      () => this.#before.dropped + (this.#source?.counts.dropped ?? 0),
    );
  }

  /** Works until the source ends or the signal is aborted; what is known of open visits is then sent. Files are played at any hour. */
  async run(signal: AbortSignal): Promise<void> {
    if (!this.#source) throw new Error('Expected the camera to be opened');
    if (this.#source.kind === 'file') return this.#play(this.#source, signal);
    for (await this.#openingHour(signal); !signal.aborted; await this.#openingHour(signal)) {
      const closing = new AbortController();
      const checks = setInterval(() => this.#check(closing), CHECK_MS);
      await this.#play(this.#source, AbortSignal.any([signal, closing.signal])).finally(() => clearInterval(checks));
      this.#before.dropped += this.#source.counts.dropped;
      this.#before.restarts = this.#status.restarts;
      if (!signal.aborted) this.#source = await this.#openSource();
    }
  }

  async #openSource(): Promise<FrameSource> {
    const { camera, pace, once, log } = this.#options;
    return openSource(camera.source, {
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
    this.#options.log.info({ camera: this.id, until }, 'camera off: outside its hours');
    while (!signal.aborted && !this.#isOpen()) await pause(CHECK_MS, signal);
  }

  async #play(source: FrameSource, signal: AbortSignal): Promise<void> {
    try {
      for await (const frame of source.frames(signal)) await this.#look(frame);
    } finally {
      await this.#sendAll(this.#watch.endAll());
    }
  }

  #isOpen(): boolean {
    return this.#schedule.isOpen(this.#now());
  }

  #now(): Date {
    return this.#options.now?.() ?? new Date();
  }

  #check(closing: AbortController): void {
    if (!this.#isOpen()) closing.abort();
    else void this.#endStalledVisits();
  }

  async #look(frame: Frame): Promise<void> {
    this.#lastFrameAtMs = performance.now();
    this.#framesSeen += 1;
    const due = await this.#watch.see(frame);
    frame.release?.();
    await this.#sendAll(due);
  }

  async #sendAll(due: readonly DueShot[]): Promise<void> {
    for (const { shot, visit } of due) await this.#options.onShot(this.id, shot, visit);
  }

  /** A camera that stopped sending can't tell that the person is gone. */
  async #endStalledVisits(): Promise<void> {
    const { config } = this.#options;
    const silentMs = performance.now() - this.#lastFrameAtMs;
    if (this.#lastFrameAtMs === 0 || silentMs < (config.capture.visitTimeoutSeconds + 1) * 1000) return;
    this.#lastFrameAtMs = 0;
    await this.#sendAll(this.#watch.endAll()).catch((error: unknown) => {
      this.#options.log.error({ camera: this.id, reason: errorMessage(error) }, 'captures could not be made');
    });
  }

  /** A fault is told by the source itself, with what to do. */
  #noteStatus(status: SourceStatus): void {
    if (status.state === 'streaming' && this.#status.state !== 'streaming') {
      this.#options.log.info({ camera: this.id, restarts: status.restarts }, 'camera streams');
    }
    this.#status = { ...status, restarts: status.restarts + this.#before.restarts };
  }
}
