import type { Config } from '../../platform/config/schema.ts';
import type { Metrics } from '../../platform/metrics.ts';
import { errorMessage } from '../../platform/sightline-error.ts';
import { CameraFeed, type CameraFeedOptions, type CameraStatus } from './camera-feed.ts';
import type { DetectorMetrics } from './detector-metrics.ts';
import { type DueShot, FaceWatch } from './face-watch.ts';
import type { Frame } from './frame.ts';
import type { FaceModel } from './models/face-model.ts';
import type { Shot } from './shot.ts';
import type { Visit } from './visits/visits.ts';

const CHECK_MS = 1_000;

export interface CameraOptions extends CameraFeedOptions {
  readonly config: Config;
  readonly model: FaceModel;
  readonly metrics: Metrics;
  readonly counters: DetectorMetrics;
  /** A shot is to be sent. Frames wait for it; those of a live camera are then lost. */
  readonly onShot: (camera: string, shot: Shot, visit: Visit | undefined, isLive: boolean) => Promise<void>;
}

/** One camera: its frames, the faces in them, and what of these is to be sent. */
export class Camera {
  readonly #options: CameraOptions;
  readonly #watch: FaceWatch;
  readonly #feed: CameraFeed;
  #framesSeen = 0;
  #lastFrameAtMs = 0;
  #isLooking = false;

  constructor(options: CameraOptions) {
    this.#options = options;
    this.#watch = new FaceWatch(options);
    this.#feed = new CameraFeed(options);
  }

  get id(): string {
    return this.#options.camera.id;
  }

  get status(): CameraStatus {
    return this.#feed.status;
  }

  /** Frames that came from the source. */
  get framesSeen(): number {
    return this.#framesSeen;
  }

  /** Finds out whether the source can be used at all. @throws SourceError when it can't: a missing file, an unknown kind. */
  async open(): Promise<void> {
    await this.#feed.open();
    const { camera, metrics } = this.#options;
    const labels = { camera: camera.id };
    metrics.observed('camera_up', 'Whether the camera delivers frames.', labels, () =>
      Number(this.status.state === 'streaming'),
    );
    metrics.observed('camera_restarts', 'How often the source was opened anew.', labels, () => this.status.restarts);
    metrics.observed('camera_frames', 'Frames that came from the source.', labels, () => this.#framesSeen);
    metrics.observed(
      'camera_frames_dropped',
      'Frames lost because the machine was late.',
      labels,
      () => this.#feed.dropped,
    );
  }

  /** Works until the source ends or the signal is aborted; what is known of open visits is then sent. @throws as CameraFeed.run does. */
  async run(signal: AbortSignal): Promise<void> {
    await this.#feed.run((frames) => this.#play(frames), signal);
  }

  async #play(frames: AsyncIterable<Frame>): Promise<void> {
    let ending = Promise.resolve();
    const check = (): void => {
      ending = ending.then(() => this.#endStalledVisits());
    };
    const checks = this.#feed.isLive ? setInterval(check, CHECK_MS) : undefined;
    try {
      for await (const frame of frames) await this.#look(frame);
    } finally {
      clearInterval(checks);
      this.#lastFrameAtMs = 0;
      await ending;
      await this.#sendAll(this.#watch.endAll());
    }
  }

  async #look(frame: Frame): Promise<void> {
    this.#isLooking = true;
    this.#framesSeen += 1;
    try {
      const due = await this.#watch.see(frame).finally(() => frame.release?.());
      await this.#sendAll(due);
    } finally {
      this.#isLooking = false;
      this.#lastFrameAtMs = performance.now();
    }
  }

  /** One that can't be made holds up none of the others: it is counted, and told once all were tried. */
  async #sendAll(due: readonly DueShot[]): Promise<void> {
    const failures: unknown[] = [];
    for (const { shot, visit } of due) {
      await this.#options
        .onShot(this.id, shot, visit, this.#feed.isLive)
        .catch((error: unknown) => failures.push(error));
    }
    if (failures.length === 0) return;
    this.#options.counters.passedOver.inc({ camera: this.id, reason: 'not-made' }, failures.length);
    throw failures[0];
  }

  /** A camera that stopped sending can't tell that the person is gone. While we look at a frame, it is we who are slow. */
  async #endStalledVisits(): Promise<void> {
    const { config } = this.#options;
    const silentMs = performance.now() - this.#lastFrameAtMs;
    if (this.#isLooking || this.#lastFrameAtMs === 0) return;
    if (silentMs < (config.capture.visitTimeoutSeconds + 1) * 1000) return;
    this.#lastFrameAtMs = 0;
    await this.#sendAll(this.#watch.endAll()).catch((error: unknown) => {
      this.#options.log.error({ camera: this.id, reason: errorMessage(error) }, 'captures could not be made');
    });
  }
}
