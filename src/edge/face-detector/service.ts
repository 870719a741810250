import { randomBytes } from 'node:crypto';
import { toName } from '../../contract/names.ts';
import { deviceTopic } from '../../contract/topics.ts';
import { traceIdOf } from '../../contract/trace.ts';
import { deviceName } from '../../platform/config.ts';
import { MqttLink } from '../../platform/mqtt/link.ts';
import { offlineWill, Presence } from '../../platform/mqtt/presence.ts';
import type { Readiness, Service, ServiceContext } from '../../platform/service.ts';
import { Camera, type CameraOptions } from './camera.ts';
import { CaptureMaker } from './capture.ts';
import { describeStats } from './describe-stats.ts';
import { type DetectorMetrics, detectorMetrics } from './detector-metrics.ts';
import { type FaceModel, loadFaceModel } from './models/face-model.ts';
import { DiskKeeper } from './outbox/disk-keeper.ts';
import type { Keeper } from './outbox/keeper.ts';
import { MemoryKeeper } from './outbox/memory-keeper.ts';
import { Outbox, type OutboxCounts } from './outbox/outbox.ts';
import { observeOutbox, outboxMetrics } from './outbox/outbox-metrics.ts';
import type { Shot } from './shot.ts';
import { openSource } from './sources/open-source.ts';
import type { Pace } from './sources/source.ts';
import { defaultSource } from './sources/source-spec.ts';
import type { Visit } from './visits/visits.ts';

const SERVICE = 'face-detector';
/** How long a shutdown waits for the forwarder: it must be over in 10 s, and what is on disk can go on later. */
const FAREWELL_MS = { memory: 5_000, disk: 500 } as const;

export interface FaceDetectorOptions {
  readonly pace?: Pace;
  /** End when the sources have ended; `sample` plays once. */
  readonly once?: boolean;
}

export interface FaceDetectorCounts extends OutboxCounts {
  readonly frames: number;
  readonly captured: number;
  /** What an earlier run had left in an outbox on disk. */
  readonly resumed: number;
  /** Still in the outbox. */
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
  /**
   * Resolves when all sources have ended and the outbox is empty; rejects when one can't be read, or with `once` when nothing of the rest
   * can go. Live sources never end.
   */
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
  readonly #presence: Presence<object>;
  readonly #keeper: Keeper;
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
      stats: () => describeStats(this.counts(), this.#keeper, this.#outbox, this.#running),
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
      onMessage: (message) => this.#outbox.receive(message),
      onUp: () => {
        this.#outbox.linkUp();
        void this.#presence.announce(this.#link);
      },
      onDown: () => this.#outbox.linkDown(),
    });
    this.#keeper =
      config.outbox.type === 'disk' ? new DiskKeeper(config.outbox, log) : new MemoryKeeper(config.outbox.maxBytes);
    this.#outbox = new Outbox({ config, keeper: this.#keeper, link: this.#link, log, metrics: outboxMetrics(metrics) });
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
    const shared = { config, pace, once, model: this.#model, log, metrics, counters: this.#metrics };
    const onShot: CameraOptions['onShot'] = (camera, shot, visit, isLive) => this.#capture(camera, shot, visit, isLive);
    const cameras = this.cameras.map((camera) => new Camera({ ...shared, camera, onShot }));
    for (const camera of cameras) await camera.open();
    this.#running = cameras;
    await this.#outbox.start();
    observeOutbox(metrics, this.#outbox);
    log.info({ model: this.#model.name, cameras: cameras.map(({ id }) => id) }, 'face-detector started');
    this.#link.start();
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
    await this.#outbox.empty(this.#options.once ? 'throw' : 'wait', this.#stop.signal);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#ended.catch(() => undefined);
    await this.#farewell();
    await this.#outbox.stopSending();
    // A link that stops lets out what is under way, but waits no longer than a moment for a broker that hangs.
    await Promise.all([this.#presence.leave(this.#link), this.#link.stop()]);
    await this.#outbox.stop();
    await this.#model?.close();
  }

  get modelName(): string {
    return this.#model?.name ?? '';
  }

  counts(): FaceDetectorCounts {
    const frames = this.#running.reduce((sum, camera) => sum + camera.framesSeen, 0);
    const { captures: waiting, resumed, counts } = this.#outbox;
    return { frames, captured: this.#captured, resumed, waiting, ...counts };
  }

  readiness(): readonly Readiness[] {
    const cameras = this.#running.map(({ id, status }) => ({
      name: `camera-${id}`,
      ok: ['streaming', 'ended', 'off'].includes(status.state),
      detail: status.error ?? status.state,
    }));
    const { isWell: ok, detail } = this.#outbox.condition;
    return [this.#link.readiness(), { name: 'outbox', ok, detail }, ...cameras];
  }

  /** What is left may go while nothing new comes; what can't is told. */
  async #farewell(): Promise<void> {
    const { type } = this.#keeper;
    // All that could not go by now will not go in a moment either.
    await this.#outbox.empty('throw', AbortSignal.timeout(FAREWELL_MS[type])).catch(() => undefined);
    const { captures } = this.#outbox;
    if (captures === 0) return;
    if (type === 'disk')
      this.#context.log.info({ captures }, 'captures stay in the outbox on disk and go on at the next start');
    else this.#context.log.warn({ captures }, 'captures in memory were not taken by a forwarder and are lost');
  }

  async #runCameras(cameras: readonly Camera[]): Promise<void> {
    const results = await Promise.allSettled(cameras.map((camera) => camera.run(this.#stop.signal)));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
  }

  async #capture(camera: string, shot: Shot, visit: Visit | undefined, isLive: boolean): Promise<void> {
    const capture = await this.#maker?.make(camera, shot, visit);
    if (!capture) return;
    // A file can wait for the forwarder; a camera can't, and its outbox sheds.
    const canWait = this.#options.pace === 'max' && !isLive;
    if (!(await this.#outbox.put(capture, canWait, this.#stop.signal))) return;
    const { id, image, quality } = capture;
    this.#captured += 1;
    this.#metrics.captures.inc({ camera });
    this.#metrics.captureBytes.inc({ camera }, image.length);
    this.#context.log.debug({ camera, id, traceId: traceIdOf(id), bytes: image.length, quality }, 'face captured');
  }
}
