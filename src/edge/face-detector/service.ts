import { randomBytes } from 'node:crypto';
import { toName } from '../../contract/names.ts';
import { deviceTopic } from '../../contract/topics.ts';
import { deviceName } from '../../platform/config.ts';
import { MqttLink } from '../../platform/mqtt/link.ts';
import { offlineWill, Presence } from '../../platform/mqtt/presence.ts';
import type { Readiness, Service, ServiceContext } from '../../platform/service.ts';
import { SOFTWARE } from '../../platform/version.ts';
import { Camera } from './camera.ts';
import { CaptureMaker } from './capture.ts';
import { type DetectorMetrics, detectorMetrics } from './detector-metrics.ts';
import { type FaceModel, loadFaceModel } from './models/face-model.ts';
import { Outbox, type OutboxCounts } from './outbox.ts';
import type { Shot } from './shot.ts';
import { openSource } from './sources/open-source.ts';
import type { Pace } from './sources/source.ts';
import { defaultSource } from './sources/source-spec.ts';
import type { Visit } from './visits/visits.ts';

const SERVICE = 'face-detector';
/** Leaves time for the rest of a shutdown that must be over in 10 s. */
const FAREWELL_MS = 5_000;

export interface FaceDetectorOptions {
  readonly pace?: Pace;
  /** End when the sources have ended; `sample` plays once. */
  readonly once?: boolean;
}

export interface FaceDetectorCounts extends OutboxCounts {
  readonly frames: number;
  readonly captured: number;
  /** Still in memory. */
  readonly waiting: number;
}

export interface FaceDetectorService extends Service {
  readonly device: string;
  /** Where the pictures come from, without credentials. */
  readonly cameras: readonly { readonly id: string; readonly source: string }[];
  readonly modelName: string;
  counts(): FaceDetectorCounts;
  /** Finds out, before anything is started, whether each source can be used at all. @throws SourceError when one can't. */
  checkSources(): Promise<void>;
  /** Resolves when all sources have ended and the outbox is empty; rejects when one can't be read. Live sources never end. */
  finished(): Promise<void>;
}

/** The face-detector: cameras, a model, tracks and best shots; an outbox that keeps captures until the forwarder has them. */
export function createFaceDetector(context: ServiceContext, options: FaceDetectorOptions = {}): FaceDetectorService {
  return new FaceDetector(context, options);
}

class FaceDetector implements FaceDetectorService {
  readonly name = SERVICE;
  readonly device: string;
  readonly cameras: readonly { readonly id: string; readonly source: string }[];
  readonly #context: ServiceContext;
  readonly #options: FaceDetectorOptions;
  readonly #metrics: DetectorMetrics;
  readonly #link: MqttLink;
  readonly #presence: Presence;
  readonly #outbox: Outbox;
  readonly #stop = new AbortController();
  #model: FaceModel | undefined;
  #maker: CaptureMaker | undefined;
  #running: Camera[] = [];
  #ended: Promise<void> = Promise.resolve();
  #captured = 0;

  constructor(context: ServiceContext, options: FaceDetectorOptions) {
    this.#context = context;
    this.#options = options;
    const { config, log, metrics } = context;
    const prefix = config.topicPrefix;
    this.device = deviceName(config, toName);
    this.cameras = config.cameras.length > 0 ? config.cameras : [{ id: 'camera', source: defaultSource() }];
    this.#metrics = detectorMetrics(metrics);
    const statusTopic = deviceTopic(prefix, this.device, 'status');
    this.#presence = new Presence({
      statusTopic,
      statsTopic: deviceTopic(prefix, this.device, 'stats'),
      stats: () => ({
        service: SERVICE,
        software: SOFTWARE,
        ...this.counts(),
        cameras: this.#running.map(describeCamera),
      }),
    });
    this.#link = new MqttLink({
      name: 'edge',
      service: SERVICE,
      config: config.edge,
      log,
      metrics,
      // Several detectors may serve one device, each with cameras of its own.
      clientId: `sightline-${this.device}-face-detector-${randomBytes(4).toString('hex')}`,
      clean: true,
      will: offlineWill(statusTopic),
      subscriptions: [{ filter: deviceTopic(prefix, this.device, 'receipts'), qos: 1 }],
      onMessage: async (message) => this.#outbox.receive(message),
      onUp: () => {
        this.#outbox.linkUp();
        void this.#presence.announce(this.#link);
      },
      onDown: () => this.#outbox.linkDown(),
    });
    this.#outbox = new Outbox({ config, link: this.#link, log, metrics: this.#metrics });
  }

  async start(): Promise<void> {
    const { config, log, metrics } = this.#context;
    const { pace = 'realtime', once = false } = this.#options;
    this.#model = await loadFaceModel({
      model: config.detector.model,
      modelsPath: config.models.path,
      threads: config.detector.threads,
      provider: config.detector.provider,
      onRejected: (reason) => log.warn({ reason: reason.message }, 'YuNet passed over'),
    });
    this.#maker = new CaptureMaker({
      prefix: config.topicPrefix,
      device: this.device,
      model: this.#model,
      ...config.capture,
    });
    metrics.observed(
      'outbox_captures',
      'Captures in memory that no forwarder has yet.',
      {},
      () => this.#outbox.captures,
    );
    metrics.observed('outbox_bytes', 'Bytes of the captures in memory.', {}, () => this.#outbox.bytes);
    const shared = { config, pace, once, model: this.#model, log, metrics, counters: this.#metrics };
    const onShot = (camera: string, shot: Shot, visit: Visit | undefined) => this.#capture(camera, shot, visit);
    const cameras = this.cameras.map((camera) => new Camera({ ...shared, camera, onShot }));
    for (const camera of cameras) await camera.open();
    this.#running = cameras;
    log.info({ model: this.#model.name, cameras: cameras.map(({ id }) => id) }, 'face-detector started');
    this.#link.start();
    this.#outbox.start();
    this.#ended = this.#runCameras(cameras);
    // A source that can't be read is told by its camera and by finished(); until somebody asks it must not end the process.
    this.#ended.catch(() => undefined);
  }

  async checkSources(): Promise<void> {
    const { config, log } = this.#context;
    for (const { id, source } of this.cameras) {
      const login = config.cameras.find((camera) => camera.id === id);
      await openSource(source, { pace: 'max', log, username: login?.username, password: login?.password });
    }
  }

  async finished(): Promise<void> {
    await this.#ended;
    await this.#outbox.empty(this.#stop.signal);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#ended.catch(() => undefined);
    const deadline = AbortSignal.timeout(FAREWELL_MS);
    await this.#outbox.empty(deadline);
    if (this.#outbox.captures > 0) {
      this.#context.log.warn(
        { captures: this.#outbox.captures },
        'captures in memory were not taken by a forwarder and are lost',
      );
    }
    await this.#outbox.stop();
    // A link that stops lets out what is under way, but waits no longer than a moment for a broker that hangs.
    await Promise.all([this.#presence.leave(this.#link), this.#link.stop()]);
    await this.#model?.close();
  }

  get modelName(): string {
    return this.#model?.name ?? '';
  }

  counts(): FaceDetectorCounts {
    const frames = this.#running.reduce((sum, camera) => sum + camera.framesSeen, 0);
    return { frames, captured: this.#captured, waiting: this.#outbox.captures, ...this.#outbox.counts };
  }

  readiness(): readonly Readiness[] {
    const cameras = this.#running.map(({ id, status }) => ({
      name: `camera-${id}`,
      ok: ['streaming', 'ended', 'off'].includes(status.state),
      detail: status.error ?? status.state,
    }));
    return [this.#link.readiness(), ...cameras];
  }

  async #runCameras(cameras: readonly Camera[]): Promise<void> {
    const results = await Promise.allSettled(cameras.map((camera) => camera.run(this.#stop.signal)));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
  }

  async #capture(camera: string, shot: Shot, visit: Visit | undefined): Promise<void> {
    // A file can wait for the forwarder; a camera can't, and its outbox sheds.
    if (this.#options.pace === 'max') await this.#outbox.room(this.#stop.signal);
    const capture = await this.#maker?.make(camera, shot, visit);
    if (!capture) return;
    this.#captured += 1;
    this.#metrics.captures.inc({ camera });
    this.#metrics.captureBytes.inc({ camera }, capture.image.length);
    this.#outbox.add(capture);
    this.#context.log.debug(
      { camera, id: capture.id, bytes: capture.image.length, quality: capture.quality },
      'face captured',
    );
  }
}

function describeCamera({ id, status, framesSeen }: Camera): object {
  return { id, state: status.state, frames: framesSeen, restarts: status.restarts };
}
