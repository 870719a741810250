import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { eventually } from '../../../test/support/eventually.ts';
import { startMosquitto } from '../../../test/support/mosquitto.ts';
import { connectClient } from '../../../test/support/mqtt-client.ts';
import { partDescribe } from '../../../test/support/parts.ts';
import { capture, files, isReady, processorHarness } from '../../../test/support/processor-harness.ts';
import { embedMetadata } from '../../contract/capture-metadata.ts';
import { sampleMetadata } from '../../contract/fixtures/sample-metadata.ts';
import { pattern } from '../../contract/fixtures/test-images.ts';
import { objectKey } from '../../contract/object-key.ts';
import { sha256Hex } from '../../contract/sha256.ts';

const PREFIX = 'face_detection';

partDescribe('mosquitto', 'an image-processor behind a real Mosquitto', () => {
  const harness = processorHarness();

  test('stores a capture under its key, its bytes unchanged, and says so', async () => {
    await harness.startReady();
    const { id, topic, bytes } = await capture();
    await harness.publish(topic, bytes);
    expect(await harness.receiptOf(id)).toMatchObject({
      state: 'stored',
      sha256: sha256Hex(bytes),
      by: expect.stringMatching(/^p-/),
    });
    const key = objectKey({ device: 'gate-3', camera: 'door', id }, 'png');
    expect(await readFile(join(harness.store, key))).toEqual(bytes);
    expect(harness.sender.received.at(-1)?.topic).toBe(`${PREFIX}/gate-3/receipts`);
  });

  test('makes one object of a capture that comes again, and answers each time', async () => {
    await harness.startReady();
    const { id, topic, bytes } = await capture();
    for (let time = 0; time < 5; time += 1) await harness.publish(topic, bytes);
    await eventually(
      () => harness.receipts().filter((receipt) => receipt.id === id && receipt.state === 'stored').length,
      (n) => n === 5,
    );
    expect(await files(harness.store)).toHaveLength(1);
  });

  test('refuses other bytes under a known id and leaves the first', async () => {
    await harness.startReady();
    const first = await capture();
    await harness.publish(first.topic, first.bytes);
    await harness.receiptOf(first.id);
    const other = embedMetadata(await pattern(40, 40, 3).png().toBuffer(), sampleMetadata({ id: first.id }));
    await harness.publish(first.topic, other);
    const refusal = await eventually(() => harness.receipts().find(({ state }) => state === 'refused'), Boolean);
    expect(refusal).toMatchObject({ id: first.id, sha256: sha256Hex(other), reason: 'conflict' });
    expect(await files(harness.store)).toHaveLength(1);
    expect(
      await readFile(join(harness.store, objectKey({ device: 'gate-3', camera: 'door', id: first.id }, 'png'))),
    ).toEqual(first.bytes);
  });

  test('gathers receipts of one device', async () => {
    await harness.startReady();
    const captures = await Promise.all(Array.from({ length: 150 }, () => capture()));
    await Promise.all(captures.map(({ topic, bytes }) => harness.publish(topic, bytes)));
    await eventually(
      () => harness.receipts().length,
      (count) => count === 150,
    );
    expect(harness.sender.received.length).toBeLessThan(100);
    expect(new Set(harness.receipts().map(({ id }) => id)).size).toBe(150);
  });

  test('stores a bare image once under its hash, however often it comes', async () => {
    await harness.startReady({ cloud: { broker: harness.broker.url, device: 'cloud-7' } });
    const bytes = await pattern(64, 64, 3).jpeg().toBuffer();
    for (let time = 0; time < 4; time += 1) await harness.publish(PREFIX, bytes);
    const hash = sha256Hex(bytes);
    const key = `device=cloud-7/camera=bare/sha256=${hash.slice(0, 2)}/${hash}.jpg`;
    await eventually(() => existsSync(join(harness.store, key)), Boolean);
    expect(await readFile(join(harness.store, key))).toEqual(bytes);
    await harness.publish(PREFIX, Buffer.from('no picture'));
    const noPicture = sha256Hex(Buffer.from('no picture'));
    await eventually(
      () => files(harness.store),
      (found) => found.length === 2,
    );
    expect(await files(harness.store)).toEqual([key, `quarantine/sha256=${noPicture.slice(0, 2)}/${noPicture}`]);
  });

  test('has no session that somebody finds who knows its name and not its group', async () => {
    await harness.startReady({ processor: { id: 'processor-1', group: randomBytes(16).toString('hex') } });
    for (const slot of [1, 2, 3])
      for (const lane of [1, 2, 3, 4]) {
        const clientId = `processor-1-${slot}-bare-${lane}`;
        const { client, isSessionPresent } = await connectClient(harness.broker.url, {}, { clientId, clean: false });
        await client.endAsync(true);
        expect({ clientId, isSessionPresent }).toEqual({ clientId, isSessionPresent: false });
      }
  });

  test('gets bare images that came while it was away', async () => {
    const { service } = await harness.startReady({ processor: { id: 'away', group: 'away' } });
    await service.stop();
    const images = await Promise.all([11, 12, 13].map((width) => pattern(width, 9, 3).png().toBuffer()));
    for (const image of images) await harness.publish(PREFIX, image);
    await harness.startReady({ processor: { id: 'away', group: 'away' } });
    await eventually(
      () => files(harness.store),
      (found) => found.length === 3,
    );
  });

  test('says why and comes back when the folder is gone for a while; what came meanwhile is sent again by its keeper', async () => {
    const { service } = await harness.startReady();
    await rename(harness.store, `${harness.store}-away`);
    await writeFile(harness.store, 'a file in the way');
    const lost = await capture();
    await harness.publish(lost.topic, lost.bytes);
    const words = await eventually(
      () => service.readiness().find(({ name, ok }) => name === 'store' && !ok)?.detail,
      Boolean,
    );
    expect(words).toMatch(/Expected to write to the folder .*faces, but a part of the path is a file/);
    await rm(harness.store);
    await rename(`${harness.store}-away`, harness.store);
    await eventually(() => isReady(service), Boolean);
    expect(harness.receipts()).toEqual([]);
    await harness.publish(lost.topic, lost.bytes);
    expect(await harness.receiptOf(lost.id)).toMatchObject({ state: 'stored' });
    const bare = await pattern(20, 20, 3).png().toBuffer();
    await harness.publish(PREFIX, bare);
    await eventually(
      () => files(harness.store),
      (found) => found.length === 2,
    );
  });

  test('shares the captures with another of its group', async () => {
    const group = { group: 'shared' };
    await harness.startReady({ processor: { id: 'one', ...group } });
    await harness.startReady({ processor: { id: 'two', ...group } });
    const captures = await Promise.all(Array.from({ length: 40 }, () => capture()));
    for (const { topic, bytes } of captures) await harness.publish(topic, bytes);
    await eventually(
      () => harness.receipts().length,
      (count) => count >= 40,
    );
    const shares = Object.groupBy(harness.receipts(), ({ by }) => by?.split('-')[0] ?? '');
    expect(shares.one?.length).toBeGreaterThanOrEqual(10);
    expect(shares.two?.length).toBeGreaterThanOrEqual(10);
    expect(harness.receipts()).toHaveLength(40);
    expect(await files(harness.store)).toHaveLength(40);
  });

  test('does not fight another of its name on the same machine', async () => {
    const processor = { id: 'twin', group: `twins-${randomBytes(4).toString('hex')}` };
    const twins = [await harness.startReady({ processor }), await harness.startReady({ processor })];
    for (let look = 0; look < 10; look += 1) {
      await sleep(100);
      expect(twins.map(({ service }) => isReady(service))).toEqual([true, true]);
    }
    for (const { metrics } of twins) expect(await metrics.expose()).not.toMatch(/mqtt_disconnects_total\{/);
  });

  test('answers for what it has taken before it ends', async () => {
    const { service } = await harness.startReady();
    const captures = await Promise.all(Array.from({ length: 60 }, () => capture()));
    const publishing = captures.map(({ topic, bytes }) => harness.publish(topic, bytes));
    await eventually(
      () => files(harness.store).then((found) => found.length),
      (count) => count > 3,
    );
    const startedAtMs = performance.now();
    await service.stop();
    expect(performance.now() - startedAtMs).toBeLessThan(8_000);
    await Promise.all(publishing);
    await eventually(
      () => harness.receipts().length,
      (count) => count > 3,
    );
    const stored = await files(harness.store);
    // What is in the store has its receipt; nothing half-written lies about.
    expect(
      harness
        .receipts()
        .map(({ id }) => id)
        .toSorted(),
    ).toEqual(stored.map((file) => file.slice(-40, -4)).toSorted());
    expect(await readdir(join(harness.store, '.sightline-incoming'))).toEqual([]);
  });

  test('is there again after the broker was away', async () => {
    const own = await startMosquitto();
    try {
      const { service } = await harness.startReady({ cloud: { broker: own.url } });
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
        () => files(harness.store),
        (found) => found.length === 1,
      );
      await client.endAsync();
    } finally {
      await own.stop();
    }
  });
});
