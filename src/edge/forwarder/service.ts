import { randomBytes } from 'node:crypto';
import { toName } from '../../contract/names.ts';
import { ReceiptBatcher } from '../../contract/receipt-batcher.ts';
import { DOCTOR_CAMERA } from '../../contract/self-test.ts';
import { deviceTopic } from '../../contract/topics.ts';
import { deviceName } from '../../platform/config.ts';
import { IntakeGate } from '../../platform/delivery/intake-gate.ts';
import { killPoint } from '../../platform/kill-points.ts';
import type { Message } from '../../platform/mqtt/connection.ts';
import { offlineWill, Presence } from '../../platform/mqtt/presence.ts';
import type { Readiness, Service, ServiceContext } from '../../platform/service.ts';
import { errorMessage } from '../../platform/sightline-error.ts';
import type { SpoolStatus } from '../../platform/spool/protocol.ts';
import type { SalvageReport } from '../../platform/spool/salvage.ts';
import { Spool } from '../../platform/spool/spool.ts';
import { SOFTWARE } from '../../platform/version.ts';
import { CameraBoard } from './camera-board.ts';
import { ForwarderDesk } from './desk/desk.ts';
import { type DeviceStats, DeviceStatsTeller, newsOf } from './device-stats.ts';
import { Dispatch } from './dispatch.ts';
import { type ForwarderLinks, forwarderLinks } from './forwarder-links.ts';
import { type ForwarderMetrics, forwarderMetrics } from './forwarder-metrics.ts';
import { Intake } from './intake.ts';
import { receiptsOf } from './receipt-intake.ts';

const SERVICE = 'forwarder';
/** What may be in memory between the edge broker and the disk. */
const GATE_CAPTURES = 256;
const GATE_BYTES = 3 * 2 ** 20;

export interface ForwarderService extends Service {
  /** How custody stands, as of the last transaction. */
  status(): SpoolStatus;
}

/** The forwarder: takes captures and bare images at the edge, keeps them on disk, and carries each to the cloud until the store has it. */
export function createForwarder(context: ServiceContext): ForwarderService {
  return new Forwarder(context);
}

class Forwarder implements ForwarderService {
  readonly name = SERVICE;
  readonly #context: ServiceContext;
  readonly #device: string;
  readonly #instance: string;
  readonly #gate = new IntakeGate(GATE_CAPTURES, GATE_BYTES);
  readonly #spool: Spool;
  readonly #receipts: ReceiptBatcher;
  readonly #board: CameraBoard;
  readonly #stats: DeviceStatsTeller;
  readonly #presence: Presence<DeviceStats>;
  readonly #desk: ForwarderDesk;
  readonly #links: ForwarderLinks;
  #metrics: ForwarderMetrics | undefined;
  #intake: Intake | undefined;
  #dispatch: Dispatch | undefined;
  #isStopping = false;
  #diskFault = '';

  constructor(context: ServiceContext) {
    this.#context = context;
    const { config, log, metrics } = context;
    const prefix = config.topicPrefix;
    this.#device = deviceName(config, toName);
    this.#instance = `${SERVICE}-${this.#device}-${randomBytes(4).toString('hex')}`;
    this.#spool = new Spool(
      { ...config.spool, folder: config.spool.path, passingCameras: [DOCTOR_CAMERA] },
      {
        onDamaged: ({ isLost, ...damaged }) => {
          log.error(
            damaged,
            isLost
              ? 'capture refused: the disk gives other bytes than it was given'
              : 'capture can not be read from the disk now; kept',
          );
          if (isLost) this.#dispatch?.withdraw([damaged.id]);
          else this.#dispatch?.readAgainLater([damaged.id]);
        },
        onSalvage: (salvaged) => this.#tellSalvage(salvaged),
      },
    );
    this.#desk = new ForwarderDesk({
      prefix,
      device: this.#device,
      instance: this.#instance,
      spool: this.#spool,
      folder: config.spool.path,
      keepDays: config.spool.keepDays,
      facts: () => ({
        instance: this.#instance,
        suspects: this.#dispatch?.suspects ?? [],
        oversize: this.#dispatch?.oversize ?? 0,
      }),
      onRetried: (ids) => this.#dispatch?.retry(ids) ?? 0,
      aroundDrop: (ids, drop) => this.#dispatch?.giveUp(ids, drop) ?? drop(),
      publish: (topic, payload) => this.#links.cloud.publish(topic, payload, { qos: 1 }),
      log,
    });
    this.#receipts = new ReceiptBatcher({
      by: this.#instance,
      publish: async (device, payload) => {
        await this.#links.edge.publish(receiptsOf(prefix, device), payload, { qos: 1 });
        killPoint('forwarder/after-held');
      },
    });
    const statusTopic = deviceTopic(prefix, this.#device, 'status');
    this.#board = new CameraBoard({ prefix, device: this.#device, software: SOFTWARE });
    this.#stats = new DeviceStatsTeller({
      spoolPath: config.spool.path,
      certificate: config.cloud.cert,
      board: this.#board,
      status: () => this.#spool.status,
      suspects: () => this.#dispatch?.suspects.length ?? 0,
      oversize: () => this.#dispatch?.oversize ?? 0,
    });
    this.#presence = new Presence({
      statusTopic,
      statsTopic: deviceTopic(prefix, this.#device, 'stats'),
      stats: () => this.#stats.tell(),
      news: newsOf,
    });
    this.#links = forwarderLinks({
      ...{ config, log, metrics, device: this.#device, will: offlineWill(statusTopic) },
      questionFilter: this.#desk.filterOf(this.#device),
      detectorFilters: this.#board.filters,
      onEdge: async (message) => {
        if (!this.#board.receive(message)) await this.#takeCapture(message);
      },
      onBare: (message) => this.#take(message),
      onCloud: async (message) => {
        if (!this.#desk.receive(message)) this.#dispatch?.receive(message);
      },
      onCloudUp: () => {
        this.#dispatch?.linkUp();
        void this.#presence.announce(this.#links.cloud);
      },
      onCloudDown: () => this.#dispatch?.linkDown(),
    });
  }

  async start(): Promise<void> {
    const { config, log, metrics } = this.#context;
    await this.#spool.start();
    this.#stats.start();
    this.#metrics = forwarderMetrics(metrics, this.#spool, () => this.#dispatch?.suspects.length ?? 0);
    const parts = { spool: this.#spool, log, metrics: this.#metrics };
    this.#dispatch = new Dispatch({ ...parts, config, instance: this.#instance, link: this.#links.cloud });
    this.#intake = new Intake({
      ...parts,
      prefix: config.topicPrefix,
      device: this.#device,
      receipts: this.#receipts,
      onKept: (capture) => {
        void this.#subscribeReceipts(capture.device);
        this.#dispatch?.kept(capture);
      },
    });
    const { counts } = this.#spool.status;
    if (counts.pending > 0) log.info({ captures: counts.pending }, 'captures of an earlier run go on');
    for (const device of await this.#spool.devices()) await this.#subscribeReceipts(device);
    this.#dispatch.start();
    await this.#desk.start();
    for (const link of Object.values(this.#links)) link.start();
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#links.bare.stop();
    await this.#gate.empty();
    // A link that stops lets out what is under way, but waits no longer than a moment for a broker that hangs.
    await Promise.all([this.#receipts.flush(), this.#links.edge.stop()]);
    await Promise.all([this.#dispatch?.stop(), this.#desk.stop()]);
    await this.#presence.leave(this.#links.cloud);
    await this.#links.cloud.stop();
    await this.#spool.stop();
  }

  status(): SpoolStatus {
    return this.#spool.status;
  }

  /** The cloud is not among them: to be offline is normal, and what the spool is for. */
  readiness(): readonly Readiness[] {
    const spool = {
      name: 'spool',
      ok: this.#diskFault === '',
      ...(this.#diskFault ? { detail: this.#diskFault } : {}),
    };
    return [this.#links.edge.readiness(), spool];
  }

  /** Acknowledged once there is room in memory: its sender keeps it until we say `held`. */
  async #takeCapture(message: Message): Promise<void> {
    const leave = await this.#gate.enter(message.payload.length);
    // What comes while we leave is not answered, and so comes again to our successor.
    if (this.#isStopping) return leave();
    void this.#take(message)
      .catch(() => undefined)
      .finally(leave);
  }

  async #take(message: Message): Promise<void> {
    try {
      await this.#intake?.take(message);
      this.#diskFault = '';
    } catch (error) {
      this.#metrics?.commitFailures.inc();
      if (!this.#diskFault)
        this.#context.log.error(
          { reason: errorMessage(error) },
          'spool could not be written; senders keep their captures',
        );
      this.#diskFault = errorMessage(error);
      throw error;
    }
  }

  #tellSalvage(salvaged: Promise<SalvageReport>): void {
    const { log } = this.#context;
    log.error('index of the spool was unreadable, older or gone; what is there is being taken over');
    salvaged.then(
      async (report) => {
        log.warn(report, 'spool taken over');
        for (const device of await this.#spool.devices()) await this.#subscribeReceipts(device);
        this.#dispatch?.rewind();
      },
      (error: unknown) =>
        log.error({ reason: errorMessage(error) }, 'spool not taken over to its end; the next start goes on'),
    );
  }

  async #subscribeReceipts(device: string): Promise<void> {
    await this.#links.cloud.subscribe({ filter: receiptsOf(this.#context.config.topicPrefix, device), qos: 1 });
    await this.#links.cloud.subscribe({ filter: this.#desk.filterOf(device), qos: 1 });
  }
}
