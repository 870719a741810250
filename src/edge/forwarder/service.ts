import { randomBytes } from 'node:crypto';
import { toName } from '../../contract/names.ts';
import { ReceiptBatcher } from '../../contract/receipt-batcher.ts';
import { DOCTOR_CAMERA } from '../../contract/self-test.ts';
import { captureFilter, deviceTopic } from '../../contract/topics.ts';
import { deviceName } from '../../platform/config.ts';
import { IntakeGate } from '../../platform/delivery/intake-gate.ts';
import { killPoint } from '../../platform/kill-points.ts';
import { BrokerWatch } from '../../platform/mqtt/broker-watch.ts';
import { receivingSession } from '../../platform/mqtt/client-options.ts';
import type { Message } from '../../platform/mqtt/connection.ts';
import { MqttLink } from '../../platform/mqtt/link.ts';
import { offlineWill, Presence } from '../../platform/mqtt/presence.ts';
import type { Readiness, Service, ServiceContext } from '../../platform/service.ts';
import { errorMessage } from '../../platform/sightline-error.ts';
import type { SpoolStatus } from '../../platform/spool/protocol.ts';
import { Spool } from '../../platform/spool/spool.ts';
import { SOFTWARE } from '../../platform/version.ts';
import { ForwarderDesk } from './desk/desk.ts';
import { Dispatch, receiptsOf } from './dispatch.ts';
import { type ForwarderMetrics, forwarderMetrics } from './forwarder-metrics.ts';
import { Intake } from './intake.ts';

const SERVICE = 'forwarder';
/** What may be in memory between the edge broker and the disk. */
const GATE_CAPTURES = 256;
const GATE_BYTES = 16 * 2 ** 20;
/** How long the edge broker keeps bare images for us while we are away. */
const BARE_SESSION_SECONDS = 7 * 86_400;

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
  readonly #presence: Presence;
  readonly #desk: ForwarderDesk;
  readonly #edge: MqttLink;
  readonly #bare: MqttLink;
  readonly #cloud: MqttLink;
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
      (damaged) => log.error(damaged, 'capture refused: the disk gives other bytes than it was given'),
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
      publish: (topic, payload) => this.#cloud.publish(topic, payload, { qos: 1 }),
      log,
    });
    this.#receipts = new ReceiptBatcher({
      by: this.#instance,
      publish: async (device, payload) => {
        await this.#edge.publish(receiptsOf(prefix, device), payload, { qos: 1 });
        killPoint('forwarder/after-held');
      },
    });
    const statusTopic = deviceTopic(prefix, this.#device, 'status');
    this.#presence = new Presence({
      statusTopic,
      statsTopic: deviceTopic(prefix, this.#device, 'stats'),
      stats: () => ({
        service: SERVICE,
        software: SOFTWARE,
        ...this.#spool.status,
        suspects: this.#dispatch?.suspects.length ?? 0,
        oversize: this.#dispatch?.oversize ?? 0,
      }),
    });
    const clientId = `sightline-${this.#device}-forwarder`;
    const common = { service: SERVICE, log, metrics };
    const exclusive = { topic: deviceTopic(prefix, this.#device, 'owner') };
    this.#edge = new MqttLink({
      ...common,
      name: 'edge',
      config: config.edge,
      clientId: `${clientId}-edge`,
      ...receivingSession(config.edge),
      exclusive,
      subscriptions: [{ filter: captureFilter(prefix), qos: config.edge.qos }],
      onMessage: (message) => this.#takeCapture(message),
    });
    // Nothing keeps a bare image before us: its acknowledgement is its receipt, so it waits for the disk on a connection of its own.
    this.#bare = new MqttLink({
      ...common,
      name: 'edge-bare',
      config: config.edge,
      clientId: `${clientId}-bare`,
      follows: this.#edge,
      clean: false,
      sessionExpirySeconds: BARE_SESSION_SECONDS,
      subscriptions: [{ filter: prefix, qos: 1 }],
      onMessage: (message) => this.#take(message),
    });
    this.#cloud = new MqttLink({
      ...common,
      name: 'cloud',
      config: config.cloud,
      clientId: `${clientId}-cloud`,
      // What is half sent at QoS 2 would stay in a session that is kept.
      ...(config.cloud.qos === 2 ? { clean: true } : receivingSession(config.cloud)),
      exclusive,
      follows: this.#edge,
      will: offlineWill(statusTopic),
      subscriptions: [
        { filter: receiptsOf(prefix, this.#device), qos: 1 },
        { filter: this.#desk.filterOf(this.#device), qos: 1 },
      ],
      onMessage: async (message) => {
        if (!this.#desk.receive(message)) await this.#dispatch?.receive(message);
      },
      onUp: () => {
        this.#dispatch?.linkUp();
        void this.#presence.announce(this.#cloud);
      },
      onDown: () => this.#dispatch?.linkDown(),
    });
  }

  async start(): Promise<void> {
    const { config, log, metrics } = this.#context;
    await this.#spool.start();
    this.#tellSalvage();
    this.#metrics = forwarderMetrics(metrics, this.#spool, () => this.#dispatch?.suspects.length ?? 0);
    const parts = { spool: this.#spool, log, metrics: this.#metrics };
    this.#dispatch = new Dispatch({ ...parts, config, instance: this.#instance, link: this.#cloud });
    this.#intake = new Intake({
      ...parts,
      prefix: config.topicPrefix,
      device: this.#device,
      receipts: this.#receipts,
      onKept: (device) => this.#kept(device),
    });
    const { counts } = this.#spool.status;
    if (counts.pending > 0) log.info({ captures: counts.pending }, 'captures of an earlier run go on');
    for (const device of await this.#spool.devices()) await this.#subscribeReceipts(device);
    this.#dispatch.start();
    await this.#desk.start();
    for (const [broker, link] of [
      ['edge', this.#edge],
      ['cloud', this.#cloud],
    ] as const)
      new BrokerWatch({ broker, service: SERVICE, log, metrics }).watch(link);
    for (const link of [this.#edge, this.#bare, this.#cloud]) link.start();
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#bare.stop();
    await this.#gate.empty();
    // A link that stops lets out what is under way, but waits no longer than a moment for a broker that hangs.
    await Promise.all([this.#receipts.flush(), this.#edge.stop()]);
    await Promise.all([this.#dispatch?.stop(), this.#desk.stop()]);
    await Promise.all([this.#presence.leave(this.#cloud), this.#cloud.stop()]);
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
    return [this.#edge.readiness(), spool];
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

  #tellSalvage(): void {
    const { log } = this.#context;
    if (!this.#spool.salvaged) return;
    log.error('index of the spool was unreadable, older or gone; what is there is being taken over');
    this.#spool.salvaged.then(
      (report) => {
        log.warn(report, 'spool taken over');
        this.#dispatch?.wake();
      },
      (error: unknown) =>
        log.error({ reason: errorMessage(error) }, 'spool not taken over to its end; the next start goes on'),
    );
  }

  #kept(device: string): void {
    void this.#subscribeReceipts(device);
    this.#dispatch?.wake();
  }

  async #subscribeReceipts(device: string): Promise<void> {
    await this.#cloud.subscribe({ filter: receiptsOf(this.#context.config.topicPrefix, device), qos: 1 });
    await this.#cloud.subscribe({ filter: this.#desk.filterOf(device), qos: 1 });
  }
}
