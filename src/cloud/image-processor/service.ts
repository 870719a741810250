import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { toName } from '../../contract/names.ts';
import { ReceiptBatcher } from '../../contract/receipt-batcher.ts';
import type { Receipt } from '../../contract/receipts.ts';
import { captureFilter, deviceTopic } from '../../contract/topics.ts';
import { isContainer } from '../../platform/config.ts';
import { killPoint } from '../../platform/kill-points.ts';
import { BrokerWatch } from '../../platform/mqtt/broker-watch.ts';
import type { Subscription } from '../../platform/mqtt/connection.ts';
import { MqttLink } from '../../platform/mqtt/link.ts';
import { LinkFaults } from '../../platform/mqtt/link-faults.ts';
import { unguessableClientId } from '../../platform/mqtt/unguessable-client-id.ts';
import type { Readiness, Service, ServiceContext } from '../../platform/service.ts';
import { errorMessage } from '../../platform/sightline-error.ts';
import { atMost } from './at-most.ts';
import { Custodian, type StoredObject } from './custodian.ts';
import { claimHostSlot } from './host-slot.ts';
import { Intake, type IntakeOptions } from './intake.ts';
import { MemoryWindow } from './memory-window.ts';
import { ObjectWriter } from './object-writer.ts';
import { observeWindow, type ProcessorMetrics, processorMetrics } from './processor-metrics.ts';
import { StoreWatch } from './store-watch.ts';
import { openListing, openStore } from './stores/open-store.ts';
import { StoreError } from './stores/store-error.ts';
import { removeTestLeftovers } from './test-leftovers.ts';

const SERVICE = 'image-processor';
const WINDOW_BYTES = 64 * 2 ** 20;
/** What is under way at the end is given so long, out of the ten seconds that a shutdown has. */
const DRAIN_MS = 8_000;
/** A broker that hangs does not say goodbye. */
const LINK_STOP_MS = 500;
/** A bare image is acknowledged once it is stored and blocks its connection until then: so many are stored at the same time. */
const BARE_LANES = 4;
/** So long a broker keeps bare images for a processor that is away. */
const LASTING_SESSION_SECONDS = 86_400;
/** A container's host name survives a restart, but may never come back: its share of all bare images is lost so long. */
const PASSING_SESSION_SECONDS = 120;

export interface ImageProcessorOverrides {
  /** Called for each object that was created. */
  readonly onStored?: (object: StoredObject) => void;
}

/** Takes captures and bare images from the cloud broker, stores each once, and says so in receipts. */
export function createImageProcessor(context: ServiceContext, overrides: ImageProcessorOverrides = {}): Service {
  let running: Running | undefined;
  return {
    name: SERVICE,
    async start() {
      running = await startProcessor(context, overrides);
    },
    async stop() {
      await running?.stop();
    },
    readiness: () => running?.readiness() ?? [{ name: 'store', ok: false, detail: 'not started' }],
  };
}

type Running = Pick<Service, 'stop' | 'readiness'>;

async function startProcessor(
  { config, log, metrics }: ServiceContext,
  overrides: ImageProcessorOverrides,
): Promise<Running> {
  const { cloud, processor, topicPrefix: prefix } = config;
  const id = processor.id ?? toName(hostname()) ?? SERVICE;
  const instance = `${id}-${randomBytes(3).toString('hex')}`;
  const bareSessionSeconds =
    processor.id === undefined && isContainer() ? PASSING_SESSION_SECONDS : LASTING_SESSION_SECONDS;
  const counters = processorMetrics(metrics);
  /** From one answer of the store to its next certain fault: what hangs then is cut, so that nobody comes back with full hands. */
  let tenure = new AbortController();

  const store = await openStore(config.store, processor.concurrency, log);
  await store.start();
  const { slot, release } = await claimHostSlot(`${cloud.broker} ${processor.group} ${id}`);

  const faults = new LinkFaults();
  const receiptLink = new MqttLink({
    name: 'cloud',
    service: SERVICE,
    config: cloud,
    log,
    metrics,
    clientId: `${instance}-receipts`,
    clean: true,
    faults,
  });
  new BrokerWatch({ broker: 'cloud', service: SERVICE, log, metrics }).watch(receiptLink);
  const receipts = new ReceiptBatcher({ by: instance, publish: receiptPublisher(receiptLink, prefix, counters) });

  const watch: StoreWatch = new StoreWatch({
    store,
    log,
    async whenRoom(signal) {
      (await window.enter(0, signal))();
    },
    onUp() {
      writer.noteProbe();
      if (tenure.signal.aborted) tenure = new AbortController();
      for (const intake of intakes) intake.join();
    },
    onDown(isCertain) {
      // A large object on a slow line must not be cut off again and again.
      if (isCertain) tenure.abort(new StoreError('The store is not ready', 'store-down'));
      for (const intake of intakes) void intake.leave();
    },
    onProbeFailed: (error) => counters.storeErrors.inc({ code: error instanceof StoreError ? error.code : 'other' }),
  });
  const writer: ObjectWriter = new ObjectWriter({
    store,
    metrics: counters,
    onAnswered: () => watch.reportStored(),
    onStoreDown: (reason) => watch.reportDown(reason),
    onStoreSilent: (reason) => watch.reportDown(reason, false),
  });
  const custodian = new Custodian({
    prefix,
    bareDevice: cloud.device,
    writer,
    log,
    metrics: counters,
    sendReceipt: (verdict) => receipts.add(verdict),
    onTested: () =>
      void tidy().catch((error) => log.debug({ reason: errorMessage(error) }, 'old test images not looked for')),
    ...overrides,
  });

  /** Rare, so it has connections of its own for a moment. */
  const tidy = async () => {
    const listing = await openListing(config.store, 1);
    try {
      await listing.start();
      const removed = await removeTestLeftovers(store, listing, new Date());
      if (removed.length > 0) log.info({ removed }, 'old test images removed');
    } finally {
      await listing.stop();
    }
  };

  const window = new MemoryWindow({ maxMessages: processor.concurrency, maxBytes: WINDOW_BYTES });
  observeWindow(metrics, window);
  const patienceMs = (cloud.keepaliveSeconds * 1000) / 4;
  // Not certain: a slow store whose puts were cut each time would never store anything.
  const onStalled = () =>
    watch.reportDown(
      'Expected the store to keep up, but an image waited for a quarter of the keepalive while others were put',
      false,
    );

  // Five connections that come are one piece of news, which the link for receipts tells.
  const quiet = log.level === 'info' ? log.child({}, { level: 'warn' }) : log;
  const createIntake = (
    name: string,
    session: { clientId: string; clean: boolean; sessionExpirySeconds?: number },
    subscription: Subscription,
    handle: IntakeOptions['handle'],
  ) =>
    new Intake({
      createLink: (onMessage, onUp) =>
        new MqttLink({
          ...session,
          name,
          service: SERVICE,
          config: cloud,
          log: quiet,
          metrics,
          subscriptions: [subscription],
          onMessage,
          onUp,
          faults,
        }),
      handle,
      patienceMs,
      onStalled,
    });

  const share = `$share/${processor.group}`;
  const captures = createIntake(
    'cloud-captures',
    { clientId: `${instance}-captures`, clean: true },
    { filter: `${share}/${captureFilter(prefix)}`, qos: cloud.qos },
    async ({ topic, payload }, signal) => {
      const leaveWindow = await window.enter(payload.length, signal);
      void custodian.takeCapture(topic, payload, tenure.signal).finally(leaveWindow);
    },
  );
  const bare = Array.from({ length: BARE_LANES }, (_, lane) =>
    createIntake(
      `cloud-bare-${lane + 1}`,
      // The same name after a restart, also with a renewed key: the broker has kept what was not acknowledged.
      {
        clientId: unguessableClientId(`${id}-${slot}-bare-${lane + 1}`, processor.group),
        clean: false,
        sessionExpirySeconds: bareSessionSeconds,
      },
      { filter: `${share}/${prefix}`, qos: 1 },
      async ({ topic, payload }, signal) => {
        const leaveWindow = await window.enter(payload.length, signal);
        await custodian.takeBare(topic, payload, tenure.signal).finally(leaveWindow);
      },
    ),
  );
  const intakes = [captures, ...bare];

  receiptLink.start();
  watch.start();
  // Not its group: whoever knows that can take messages from it.
  log.info({ store: store.address, processor: instance }, 'image processor started');

  return {
    readiness: () => [brokerReadiness([receiptLink, ...intakes]), watch.readiness()],
    async stop() {
      await Promise.all([watch.stop(), captures.leave()]);
      await atMost(DRAIN_MS, Promise.all([...bare.map((lane) => lane.close()), window.whenEmpty()]));
      await Promise.all(bare.map((lane) => lane.leave()));
      tenure.abort(new StoreError('The processor ends', 'stopping'));
      await atMost(LINK_STOP_MS, receipts.flush());
      await atMost(LINK_STOP_MS, receiptLink.stop());
      await store.stop();
      release();
      log.info({ processor: instance }, 'image processor stopped');
    },
  };
}

function receiptPublisher(link: MqttLink, prefix: string, counters: ProcessorMetrics) {
  return async (device: string, payload: Buffer, { state, captures }: Receipt): Promise<void> => {
    try {
      await link.publish(deviceTopic(prefix, device, 'receipts'), payload, { qos: 1 });
      killPoint('processor/after-receipt');
      counters.receipts.inc({ state }, captures.length);
    } catch {
      // Nothing is lost by it: the keeper sends the capture again, and the store knows it.
      counters.receiptsLost.inc(captures.length);
    }
  };
}

/** The first of the connections that does not stand, or the one for receipts. */
function brokerReadiness(parts: readonly { readiness(): Readiness | undefined }[]): Readiness {
  const checks = parts.map((part) => part.readiness()).filter((check) => check !== undefined);
  const { ok, detail = '' } = checks.find((check) => !check.ok) ?? (checks[0] as Readiness);
  return { name: 'cloud-broker', ok, detail };
}
