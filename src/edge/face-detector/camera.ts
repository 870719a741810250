import type { CameraConfig, Config } from '../../platform/config/schema.ts';
import type { Log } from '../../platform/log.ts';
import type { Metrics } from '../../platform/metrics.ts';
import { errorMessage } from '../../platform/sightline-error.ts';
import type { Detection } from './detection.ts';
import type { DetectorMetrics } from './detector-metrics.ts';
import type { Frame } from './frame.ts';
import type { FaceModel } from './models/face-model.ts';
import { measureQuality } from './quality/quality.ts';
import { cutShot, type Shot } from './shot.ts';
import { openSource } from './sources/open-source.ts';
import type { FrameSource, Pace, SourceStatus } from './sources/source.ts';
import { parseSourceSpec } from './sources/source-spec.ts';
import { type SeenFace, type Visit, Visits } from './visits/visits.ts';

/** A live camera's frames a second that are looked at, where nothing is configured; files have their own. */
const LIVE_FPS = 10;
const LIVE_SOURCES: ReadonlySet<string> = new Set(['device', 'rtsp', 'http']);
const STALL_CHECK_MS = 1_000;

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
  /** A shot is to be sent. Frames wait for it. */
  readonly onShot: (camera: string, shot: Shot, visit: Visit | undefined) => Promise<void>;
}

/** One camera: its frames, the faces in them, and what of these is to be sent. */
export class Camera {
  readonly #options: CameraOptions;
  readonly #visits: Visits;
  readonly #minScore: number;
  #source: FrameSource | undefined;
  #status: SourceStatus = { state: 'connecting', restarts: 0 };
  #framesSeen = 0;
  #lastFrameAtMs = 0;

  constructor(options: CameraOptions) {
    this.#options = options;
    const { config, model } = options;
    this.#visits = new Visits(config.capture.visitTimeoutSeconds * 1000);
    this.#minScore = config.detector.minScore === 'auto' ? model.defaultMinScore : config.detector.minScore;
  }

  get id(): string {
    return this.#options.camera.id;
  }

  get status(): SourceStatus {
    return this.#status;
  }

  /** Frames that a model has looked at. */
  get framesSeen(): number {
    return this.#framesSeen;
  }

  /** Finds out whether the source can be used at all. @throws SourceError when it can't: a missing file, an unknown kind. */
  async open(): Promise<void> {
    const { camera, pace, once, log, metrics } = this.#options;
    this.#source = await openSource(camera.source, {
      pace,
      fps: camera.fps ?? (LIVE_SOURCES.has(parseSourceSpec(camera.source).type) ? LIVE_FPS : undefined),
      username: camera.username,
      password: camera.password,
      loop: !once,
      log: log.child({ camera: camera.id }),
      onState: (status) => this.#noteStatus(status),
    });
    const labels = { camera: camera.id };
    metrics.observed('camera_up', 'Whether the camera delivers frames.', labels, () =>
      Number(this.#status.state === 'streaming'),
    );
    metrics.observed('camera_restarts', 'How often the source was opened anew.', labels, () => this.#status.restarts);
    metrics.observed('camera_frames', 'Frames that were looked at.', labels, () => this.#framesSeen);
    metrics.observed(
      'camera_frames_dropped',
      'Frames lost because the machine was late.',
      labels,
      () => this.#source?.counts.dropped ?? 0,
    );
  }

  /** Works until the source ends or the signal is aborted; what is known of open visits is then sent. */
  async run(signal: AbortSignal): Promise<void> {
    const source = this.#source;
    if (!source) throw new Error('Expected the camera to be opened');
    const stalls =
      source.kind === 'live' ? setInterval(() => void this.#endStalledVisits(), STALL_CHECK_MS) : undefined;
    try {
      for await (const frame of source.frames(signal)) await this.#look(frame);
    } finally {
      clearInterval(stalls);
      await this.#sendAll(this.#visits.endAll());
    }
  }

  async #look(frame: Frame): Promise<void> {
    const { config, model, counters, onShot } = this.#options;
    const startedAtMs = performance.now();
    const detections = (await model.detect(frame, this.#minScore)).filter((found) => this.#isLargeEnough(found));
    counters.inference.observe({ camera: this.id }, (performance.now() - startedAtMs) / 1000);
    counters.faces.inc({ camera: this.id }, detections.length);
    this.#framesSeen += 1;
    this.#lastFrameAtMs = performance.now();
    const faces = detections.map((detection) => see(frame, detection, config.capture.margin));
    if (config.capture.mode === 'every') {
      for (const face of faces) await onShot(this.id, face.cut(), undefined);
    } else {
      await this.#sendAll(this.#visits.see(frame, faces));
    }
  }

  async #sendAll(due: readonly { shot: Shot; visit: Visit }[]): Promise<void> {
    for (const { shot, visit } of due) await this.#options.onShot(this.id, shot, visit);
  }

  /** A camera that stopped sending can't tell that the person is gone. */
  async #endStalledVisits(): Promise<void> {
    const { config } = this.#options;
    const silentMs = performance.now() - this.#lastFrameAtMs;
    if (this.#lastFrameAtMs === 0 || silentMs < (config.capture.visitTimeoutSeconds + 1) * 1000) return;
    this.#lastFrameAtMs = 0;
    await this.#sendAll(this.#visits.endAll()).catch((error: unknown) => {
      this.#options.log.error({ camera: this.id, reason: errorMessage(error) }, 'captures could not be made');
    });
  }

  #isLargeEnough({ box }: Detection): boolean {
    if (Math.sqrt(box.width * box.height) >= this.#options.config.detector.minFacePixels) return true;
    this.#options.counters.passedOver.inc({ camera: this.id, reason: 'too-small' });
    return false;
  }

  /** A fault is told by the source itself, with what to do. */
  #noteStatus(status: SourceStatus): void {
    if (status.state === 'streaming' && this.#status.state !== 'streaming') {
      this.#options.log.info({ camera: this.id, restarts: status.restarts }, 'camera streams');
    }
    this.#status = status;
  }
}

function see(frame: Frame, detection: Detection, margin: number): SeenFace {
  const quality = measureQuality(frame, detection);
  return { detection, quality, cut: () => cutShot(frame, detection, quality, margin) };
}
