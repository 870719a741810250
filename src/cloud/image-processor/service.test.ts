import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { eventually } from '../../../test/support/eventually.ts';
import { type Mosquitto, startMosquitto } from '../../../test/support/mosquitto.ts';
import { connectClient, type TestClient } from '../../../test/support/mqtt-client.ts';
import { partDescribe } from '../../../test/support/parts.ts';
import { bareCaptureId, mintCaptureId } from '../../contract/capture-id.ts';
import { embedMetadata } from '../../contract/capture-metadata.ts';
import { handMadePng, zeroPixels } from '../../contract/fixtures/png-parts.ts';
import { sampleMetadata } from '../../contract/fixtures/sample-metadata.ts';
import { pattern } from '../../contract/fixtures/test-images.ts';
import { objectKey } from '../../contract/object-key.ts';
import { decodeReceipt } from '../../contract/receipts.ts';
import { sha256Hex } from '../../contract/sha256.ts';
import { type Config, configSchema } from '../../platform/config/schema.ts';
import { createLog } from '../../platform/log.ts';
import { Metrics } from '../../platform/metrics.ts';
import type { Service } from '../../platform/service.ts';
import { createImageProcessor } from './service.ts';

const PREFIX = 'face_detection';

partDescribe('mosquitto', 'an image-processor behind a real Mosquitto', () => {
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

  test('stores a capture under its key, its bytes unchanged, and says so', async () => {
    await startReady();
    const { id, topic, bytes } = await capture();
    await publish(topic, bytes);
    expect(await receiptOf(id)).toMatchObject({
      state: 'stored',
      sha256: sha256Hex(bytes),
      by: expect.stringMatching(/^p-/),
    });
    const key = objectKey({ device: 'gate-3', camera: 'door', id }, 'png');
    expect(await readFile(join(store, key))).toEqual(bytes);
    expect(sender.received.at(-1)?.topic).toBe(`${PREFIX}/gate-3/receipts`);
  });

  test('makes one object of a capture that comes again, and answers each time', async () => {
    await startReady();
    const { id, topic, bytes } = await capture();
    for (let time = 0; time < 5; time += 1) await publish(topic, bytes);
    await eventually(
      () => receipts().filter((receipt) => receipt.id === id && receipt.state === 'stored').length,
      (n) => n === 5,
    );
    expect(await files(store)).toHaveLength(1);
  });

  test('refuses other bytes under a known id and leaves the first', async () => {
    await startReady();
    const first = await capture();
    await publish(first.topic, first.bytes);
    await receiptOf(first.id);
    const other = embedMetadata(await pattern(40, 40, 3).png().toBuffer(), sampleMetadata({ id: first.id }));
    await publish(first.topic, other);
    const refusal = await eventually(() => receipts().find(({ state }) => state === 'refused'), Boolean);
    expect(refusal).toMatchObject({ id: first.id, sha256: sha256Hex(other), reason: 'conflict' });
    expect(await files(store)).toHaveLength(1);
    expect(await readFile(join(store, objectKey({ device: 'gate-3', camera: 'door', id: first.id }, 'png')))).toEqual(
      first.bytes,
    );
  });

  test('gathers receipts of one device', async () => {
    await startReady();
    const captures = await Promise.all(Array.from({ length: 150 }, () => capture()));
    await Promise.all(captures.map(({ topic, bytes }) => publish(topic, bytes)));
    await eventually(
      () => receipts().length,
      (count) => count === 150,
    );
    expect(sender.received.length).toBeLessThan(100);
    expect(new Set(receipts().map(({ id }) => id)).size).toBe(150);
  });

  test.each([
    ['a text that is named png', async () => Buffer.from('This is not a picture.'), 'not-an-image'],
    ['nothing', async () => Buffer.alloc(0), 'not-an-image'],
    [
      'a PNG of 30,000 × 30,000',
      async () => handMadePng({ width: 30_000, height: 30_000 }, zeroPixels(100)),
      'too-many-pixels',
    ],
    ['a truncated PNG', async () => (await capture()).bytes.subarray(0, -40), 'damaged'],
    ["another device's picture", async () => (await capture({ device: 'gate-4' })).bytes, 'metadata-disagrees'],
  ])('refuses %s and goes on', async (_, bytesOf, reason) => {
    await startReady();
    const hostile = await bytesOf();
    const id = mintCaptureId(new Date());
    await publish(`${PREFIX}/gate-3/captures/door/${id}`, hostile);
    expect(await receiptOf(id)).toMatchObject({ state: 'refused', reason, sha256: sha256Hex(hostile) });
    const next = await capture();
    await publish(next.topic, next.bytes);
    expect(await receiptOf(next.id)).toMatchObject({ state: 'stored' });
    expect(await files(store)).toHaveLength(1);
  });

  test.each([
    '../captures/door/ID',
    'gate-3/captures/../ID',
    'gate-3/captures/door/../../../etc/passwd',
    'gate-3/captures/door/%2e%2e',
    'GATE/captures/door/ID',
    'gate-3/captures',
  ])('quarantines what comes on %s, and says nothing', async (path) => {
    const { metrics } = await startReady();
    const { id, bytes } = await capture();
    await publish(`${PREFIX}/${path.replace('ID', id)}`, bytes);
    const hash = sha256Hex(bytes);
    await eventually(
      () => files(store),
      (found) => found.length === 1,
    );
    expect(await files(store)).toEqual([`quarantine/sha256=${hash.slice(0, 2)}/${hash}`]);
    expect(await readdir(root)).toEqual(['faces']);
    expect(receipts()).toEqual([]);
    expect(await metrics.expose()).toMatch(
      /processor_refused_total\{kind="bare",reason="(bad-topic|not-a-uuidv7)"\} 1/,
    );
  });

  test('stores a bare image once under its hash, however often it comes', async () => {
    await startReady({ cloud: { broker: broker.url, device: 'cloud-7' } });
    const bytes = await pattern(64, 64, 3).jpeg().toBuffer();
    for (let time = 0; time < 4; time += 1) await publish(PREFIX, bytes);
    const hash = sha256Hex(bytes);
    const key = `device=cloud-7/camera=bare/sha256=${hash.slice(0, 2)}/${hash}.jpg`;
    await eventually(() => existsSync(join(store, key)), Boolean);
    expect(await readFile(join(store, key))).toEqual(bytes);
    await publish(PREFIX, Buffer.from('no picture'));
    const noPicture = sha256Hex(Buffer.from('no picture'));
    await eventually(
      () => files(store),
      (found) => found.length === 2,
    );
    expect(await files(store)).toEqual([key, `quarantine/sha256=${noPicture.slice(0, 2)}/${noPicture}`]);
  });

  test('gets bare images that came while it was away', async () => {
    const { service } = await startReady({ processor: { id: 'away', group: 'away' } });
    await service.stop();
    const images = await Promise.all([11, 12, 13].map((width) => pattern(width, 9, 3).png().toBuffer()));
    for (const image of images) await publish(PREFIX, image);
    await startReady({ processor: { id: 'away', group: 'away' } });
    await eventually(
      () => files(store),
      (found) => found.length === 3,
    );
  });

  test('says why and comes back when the folder is gone for a while; what came meanwhile is sent again by its keeper', async () => {
    const { service } = await startReady();
    await rename(store, `${store}-away`);
    await writeFile(store, 'a file in the way');
    const lost = await capture();
    await publish(lost.topic, lost.bytes);
    const words = await eventually(
      () => service.readiness().find(({ name, ok }) => name === 'store' && !ok)?.detail,
      Boolean,
    );
    expect(words).toMatch(/Expected to write to the folder .*faces, but a part of the path is a file/);
    await rm(store);
    await rename(`${store}-away`, store);
    await eventually(() => isReady(service), Boolean);
    expect(receipts()).toEqual([]);
    await publish(lost.topic, lost.bytes);
    expect(await receiptOf(lost.id)).toMatchObject({ state: 'stored' });
    const bare = await pattern(20, 20, 3).png().toBuffer();
    await publish(PREFIX, bare);
    await eventually(
      () => files(store),
      (found) => found.length === 2,
    );
  });

  test('shares the captures with another of its group', async () => {
    const group = { group: 'shared' };
    await startReady({ processor: { id: 'one', ...group } });
    await startReady({ processor: { id: 'two', ...group } });
    const captures = await Promise.all(Array.from({ length: 40 }, () => capture()));
    for (const { topic, bytes } of captures) await publish(topic, bytes);
    await eventually(
      () => receipts().length,
      (count) => count >= 40,
    );
    const shares = Object.groupBy(receipts(), ({ by }) => by?.split('-')[0] ?? '');
    expect(shares.one?.length).toBeGreaterThanOrEqual(10);
    expect(shares.two?.length).toBeGreaterThanOrEqual(10);
    expect(receipts()).toHaveLength(40);
    expect(await files(store)).toHaveLength(40);
  });

  test('does not fight another of its name on the same machine', async () => {
    const processor = { id: 'twin', group: `twins-${randomBytes(4).toString('hex')}` };
    const twins = [await startReady({ processor }), await startReady({ processor })];
    for (let look = 0; look < 10; look += 1) {
      await sleep(100);
      expect(twins.map(({ service }) => isReady(service))).toEqual([true, true]);
    }
    for (const { metrics } of twins) expect(await metrics.expose()).not.toMatch(/mqtt_disconnects_total\{/);
  });

  test('answers for what it has taken before it ends', async () => {
    const { service } = await startReady();
    const captures = await Promise.all(Array.from({ length: 60 }, () => capture()));
    const publishing = captures.map(({ topic, bytes }) => publish(topic, bytes));
    await eventually(
      () => files(store).then((found) => found.length),
      (count) => count > 3,
    );
    const startedAtMs = performance.now();
    await service.stop();
    expect(performance.now() - startedAtMs).toBeLessThan(8_000);
    await Promise.all(publishing);
    await eventually(
      () => receipts().length,
      (count) => count > 3,
    );
    const stored = await files(store);
    // What is in the store has its receipt; nothing half-written lies about.
    expect(
      receipts()
        .map(({ id }) => id)
        .toSorted(),
    ).toEqual(stored.map((file) => file.slice(-40, -4)).toSorted());
    expect(await readdir(join(store, '.sightline-incoming'))).toEqual([]);
  });

  test('is there again after the broker was away', async () => {
    const own = await startMosquitto();
    try {
      const { service } = await startReady({ cloud: { broker: own.url } });
      await own.kill();
      await eventually(
        () => isReady(service),
        (ready) => !ready,
      );
      await own.restart();
      await eventually(() => isReady(service), Boolean);
      const { client } = await connectClient(own.url);
      const { topic, bytes } = await capture();
      await client.publishAsync(topic, bytes, { qos: 1 });
      await eventually(
        () => files(store),
        (found) => found.length === 1,
      );
      await client.endAsync();
    } finally {
      await own.stop();
    }
  });
});

function isReady(service: Service): boolean {
  return service.readiness().every(({ ok }) => ok);
}

let captureCount = 0;

/** A capture as a detector makes it, each with pixels of its own. */
async function capture(changes: { device?: string } = {}) {
  captureCount += 1;
  const id = bareCaptureId(new Date(), sha256Hex(Buffer.from(`${captureCount} ${Math.random()}`)));
  const image = await pattern(30 + (captureCount % 50), 20, 3)
    .png()
    .toBuffer();
  const bytes = embedMetadata(image, sampleMetadata({ id, ...changes }));
  return { id, topic: `${PREFIX}/gate-3/captures/door/${id}`, bytes };
}

/** Paths of all objects below a folder. */
async function files(store: string): Promise<string[]> {
  const entries = await readdir(store, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile() && !entry.parentPath.endsWith('.sightline-incoming'))
    .map((entry) => join(entry.parentPath, entry.name).slice(store.length + 1))
    .sort();
}
