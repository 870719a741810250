import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { eventually } from '../../../test/support/eventually.ts';
import { type Mood, type MoodyS3, startMoodyS3 } from '../../../test/support/moody-s3.ts';
import { type Mosquitto, startMosquitto } from '../../../test/support/mosquitto.ts';
import { connectClient, type TestClient } from '../../../test/support/mqtt-client.ts';
import { partDescribe } from '../../../test/support/parts.ts';
import { mintCaptureId } from '../../contract/capture-id.ts';
import { embedMetadata } from '../../contract/capture-metadata.ts';
import { sampleMetadata } from '../../contract/fixtures/sample-metadata.ts';
import { pattern } from '../../contract/fixtures/test-images.ts';
import { decodeReceipt } from '../../contract/receipts.ts';
import { configSchema } from '../../platform/config/schema.ts';
import { createLog } from '../../platform/log.ts';
import { Metrics } from '../../platform/metrics.ts';
import type { Service } from '../../platform/service.ts';
import { createImageProcessor } from './service.ts';

const PREFIX = 'face_detection';

partDescribe('mosquitto', 'an image-processor in trouble', () => {
  let broker: Mosquitto;
  let sender: TestClient;
  let root: string;
  let group: string;
  const services: Service[] = [];
  const stores: MoodyS3[] = [];

  beforeAll(async () => {
    broker = await startMosquitto();
  });
  afterAll(() => broker.stop());
  beforeEach(async () => {
    group = `g-${randomBytes(4).toString('hex')}`;
    root = await mkdtemp(join(tmpdir(), 'sightline-processor-'));
    sender = await connectClient(broker.url, { [`${PREFIX}/+/receipts`]: { qos: 1 } });
  });
  afterEach(async () => {
    for (const store of stores.splice(0)) store.stop();
    await Promise.all(services.splice(0).map((service) => service.stop()));
    sender.client.end(true);
    await rm(root, { recursive: true, force: true });
  });

  const configOf = (id: string, store: Record<string, unknown>, concurrency = 64) => ({
    cloud: { broker: broker.url, keepaliveSeconds: 5 },
    processor: { id, group, concurrency },
    store,
  });

  async function startProcessor(id: string, store: Record<string, unknown>, concurrency?: number): Promise<Service> {
    const service = createImageProcessor({
      config: configSchema.parse(configOf(id, store, concurrency)),
      log: createLog({ level: 'silent', format: 'json' }),
      metrics: new Metrics(),
    });
    services.push(service);
    await service.start();
    return service;
  }

  async function moody(mood: Mood) {
    const s3 = await startMoodyS3(mood);
    stores.push(s3);
    const config = {
      url: 's3://faces',
      endpoint: s3.url,
      pathStyle: true,
      accessKeyId: 'test',
      secretAccessKey: 'test',
    };
    return { s3, config };
  }

  const publish = ({ topic, bytes }: Capture) => sender.client.publishAsync(topic, bytes, { qos: 1 });

  const stored = () =>
    new Map(
      sender.received.flatMap(({ text }) => {
        const receipt = decodeReceipt(Buffer.from(text));
        return receipt?.state === 'stored' ? receipt.captures.map(([id]) => [id, receipt.by] as const) : [];
      }),
    );

  const storeReadiness = (service: Service) => service.readiness().find(({ name }) => name === 'store');

  test('starts with a store that forbids, says why, refuses nothing, and works once it is allowed', async () => {
    const { s3, config } = await moody('forbids');
    const service = await startProcessor('a', config);
    const detail = await eventually(
      () => storeReadiness(service)?.detail ?? '',
      (words) => words !== 'not asked yet',
    );
    expect(detail).toMatch(/403 AccessDenied: these credentials need s3:PutObject/);
    expect(storeReadiness(service)?.ok).toBe(false);
    s3.mood = 'works';
    await eventually(() => isReady(service), Boolean);
    const first = await capture();
    await publish(first);
    await eventually(
      () => stored().size,
      (size) => size === 1,
    );
    s3.mood = 'forbids';
    const second = await capture();
    await publish(second);
    await eventually(
      () => storeReadiness(service)?.ok,
      (ok) => ok === false,
    );
    s3.mood = 'works';
    await eventually(() => isReady(service), Boolean);
    await publish(second);
    await eventually(
      () => stored().size,
      (size) => size === 2,
    );
    expect(s3.objects.size).toBe(2);
    expect(sender.received.some(({ text }) => text.includes('refused'))).toBe(false);
  });

  test('leaves its share to the others while its store hangs, and comes back', async () => {
    const { s3, config } = await moody('works');
    const sick = await startProcessor('sick', config, 2);
    await startProcessor('well', { url: join(root, 'faces') });
    await eventually(() => services.every(isReady), Boolean);
    s3.mood = 'hangs';
    const captures = await Promise.all(Array.from({ length: 30 }, () => capture()));
    const resend = () => Promise.all(captures.filter(({ id }) => !stored().has(id)).map(publish));
    await resend();
    await eventually(
      () => isReady(sick),
      (ready) => !ready,
      5_000,
    );
    // It is away: all that is sent again goes to the other.
    await resend();
    await eventually(
      () => stored().size,
      (size) => size === 30,
    );
    expect([...stored().values()].every((by) => by.startsWith('well'))).toBe(true);
    s3.mood = 'works';
    // The probe that hangs is given up first.
    await eventually(() => isReady(sick), Boolean, 25_000);
    const later = await Promise.all(Array.from({ length: 20 }, () => capture()));
    await Promise.all(later.map(publish));
    await eventually(
      () => stored().size,
      (size) => size === 50,
    );
    expect([...stored().values()].some((by) => by.startsWith('sick'))).toBe(true);
  }, 60_000);

  test('leaves while it has room yet, when nothing is stored for a while', async () => {
    const { s3, config } = await moody('works');
    const sick = await startProcessor('sick', config);
    await eventually(() => isReady(sick), Boolean);
    s3.mood = 'hangs';
    await publish(await capture());
    await eventually(
      () => sick.readiness().find(({ name }) => name === 'store')?.detail ?? '',
      (detail) => detail.includes('nothing was stored for'),
      15_000,
    );
  }, 30_000);

  test('a bare image waits at the broker while the store hangs', async () => {
    const { s3, config } = await moody('works');
    const service = await startProcessor('only', config);
    await eventually(() => isReady(service), Boolean);
    s3.mood = 'hangs';
    const image = await pattern(31, 17, 3).png().toBuffer();
    await sender.client.publishAsync(PREFIX, image, { qos: 1 });
    await eventually(
      () => isReady(service),
      (ready) => !ready,
      5_000,
    );
    s3.mood = 'works';
    await eventually(() => [...s3.objects.values()].some((bytes) => bytes.equals(image)), Boolean, 25_000);
  }, 60_000);
});

function isReady(service: Service): boolean {
  return service.readiness().every(({ ok }) => ok);
}

type Capture = Awaited<ReturnType<typeof capture>>;

let captureCount = 0;

async function capture() {
  captureCount += 1;
  const id = mintCaptureId(new Date());
  const image = await pattern(30 + (captureCount % 50), 20, 3)
    .png()
    .toBuffer();
  return { id, topic: `${PREFIX}/gate-3/captures/door/${id}`, bytes: embedMetadata(image, sampleMetadata({ id })) };
}
