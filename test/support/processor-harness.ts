import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { createImageProcessor } from '../../src/cloud/image-processor/service.ts';
import { bareCaptureId } from '../../src/contract/capture-id.ts';
import { embedMetadata } from '../../src/contract/capture-metadata.ts';
import { sampleMetadata } from '../../src/contract/fixtures/sample-metadata.ts';
import { pattern } from '../../src/contract/fixtures/test-images.ts';
import { decodeReceipt } from '../../src/contract/receipts.ts';
import { sha256Hex } from '../../src/contract/sha256.ts';
import { type Config, configSchema } from '../../src/platform/config/schema.ts';
import { createLog } from '../../src/platform/log.ts';
import { Metrics } from '../../src/platform/metrics.ts';
import type { Service } from '../../src/platform/service.ts';
import { eventually } from './eventually.ts';
import { type Mosquitto, startMosquitto } from './mosquitto.ts';
import { connectClient, type TestClient } from './mqtt-client.ts';

const PREFIX = 'face_detection';

/** A real Mosquitto, a folder for the store and a sender of captures, for the tests of a file; call it inside describe. */
export function processorHarness() {
  let broker: Mosquitto;
  let root: string;
  let store: string;
  let sender: TestClient;
  const services: Service[] = [];

  beforeAll(async () => {
    broker = await startMosquitto();
  });
  afterAll(() => broker.stop());
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'sightline-processor-'));
    store = join(root, 'faces');
    sender = await connectClient(broker.url, { [`${PREFIX}/+/receipts`]: { qos: 1 } });
  });
  afterEach(async () => {
    await Promise.all(services.splice(0).map((service) => service.stop()));
    sender.client.end(true);
    await rm(root, { recursive: true, force: true });
  });

  async function startService(changes: Partial<Record<keyof Config, unknown>> = {}) {
    const metrics = new Metrics();
    const name = randomBytes(4).toString('hex');
    const config = configSchema.parse({
      cloud: { broker: broker.url, keepaliveSeconds: 5 },
      store: { url: store },
      // Its own group: the broker keeps bare images for the processors of earlier tests.
      processor: { id: `p-${name}`, group: name },
      ...changes,
    });
    const service = createImageProcessor({ config, log: createLog({ level: 'silent', format: 'json' }), metrics });
    services.push(service);
    await service.start();
    return { service, metrics };
  }

  async function startReady(changes?: Partial<Record<keyof Config, unknown>>) {
    const started = await startService(changes);
    await eventually(() => isReady(started.service), Boolean);
    return started;
  }

  /** What the receipts say of each id: its hash and state, as often as it was said. */
  function receipts() {
    return sender.received.flatMap(({ text }) => {
      const receipt = decodeReceipt(Buffer.from(text));
      return (receipt?.captures ?? []).map(([id, sha256]) => ({
        id,
        sha256,
        state: receipt?.state,
        reason: receipt?.reason,
        by: receipt?.by,
      }));
    });
  }

  const receiptOf = (id: string) => eventually(() => receipts().find((receipt) => receipt.id === id), Boolean);

  const publish = (topic: string, bytes: Buffer) => sender.client.publishAsync(topic, bytes, { qos: 1 });

  return {
    get broker() {
      return broker;
    },
    get root() {
      return root;
    },
    get store() {
      return store;
    },
    get sender() {
      return sender;
    },
    startService,
    startReady,
    receipts,
    receiptOf,
    publish,
  };
}

export function isReady(service: Service): boolean {
  return service.readiness().every(({ ok }) => ok);
}

let captureCount = 0;

/** A capture as a detector makes it, each with pixels of its own. */
export async function capture(changes: { device?: string } = {}) {
  captureCount += 1;
  const id = bareCaptureId(new Date(), sha256Hex(Buffer.from(`${captureCount} ${Math.random()}`)));
  const image = await pattern(30 + (captureCount % 50), 20, 3)
    .png()
    .toBuffer();
  const bytes = embedMetadata(image, sampleMetadata({ id, ...changes }));
  return { id, topic: `${PREFIX}/gate-3/captures/door/${id}`, bytes };
}

/** Paths of all objects below a folder. */
export async function files(store: string): Promise<string[]> {
  const entries = await readdir(store, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile() && !entry.parentPath.endsWith('.sightline-incoming'))
    .map((entry) => join(entry.parentPath, entry.name).slice(store.length + 1))
    .sort();
}
