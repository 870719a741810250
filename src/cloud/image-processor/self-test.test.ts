import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { eventually } from '../../../test/support/eventually.ts';
import { listenOnLoopback } from '../../../test/support/loopback.ts';
import { startMoodyS3 } from '../../../test/support/moody-s3.ts';
import { partDescribe } from '../../../test/support/parts.ts';
import { files, processorHarness } from '../../../test/support/processor-harness.ts';
import { mintCaptureId } from '../../contract/capture-id.ts';
import { embedMetadata } from '../../contract/capture-metadata.ts';
import { sampleMetadata } from '../../contract/fixtures/sample-metadata.ts';
import { pattern } from '../../contract/fixtures/test-images.ts';
import { decodeReceipt } from '../../contract/receipts.ts';
import { DOCTOR_CAMERA, SELF_TEST_KEYS } from '../../contract/self-test.ts';
import { captureTopic } from '../../contract/topics.ts';

const DEVICE = 'gate-3';

async function testImage(at = new Date()) {
  const id = mintCaptureId(at);
  const image = await pattern(30, 20, 3).png().toBuffer();
  const bytes = embedMetadata(image, sampleMetadata({ id, camera: DOCTOR_CAMERA }));
  return { id, topic: captureTopic('face_detection', { device: DEVICE, camera: DOCTOR_CAMERA, id }), bytes };
}

partDescribe('mosquitto', 'an image-processor that gets a test image', () => {
  const harness = processorHarness();

  /** The whole receipt of one test image. */
  const receiptOf = (id: string) =>
    eventually(
      () =>
        harness.sender.received
          .map(({ text }) => decodeReceipt(Buffer.from(text)))
          .find((receipt) => receipt?.captures.some(([named]) => named === id)),
      Boolean,
    );

  test('tries the store with it, keeps nothing, counts nothing, and says what it found', async () => {
    const { metrics } = await harness.startReady();
    const { id, topic, bytes } = await testImage();
    await harness.publish(topic, bytes);
    const receipt = await receiptOf(id);
    expect(receipt).toMatchObject({ state: 'stored', captures: [[id, expect.any(String)]] });
    expect(receipt?.test).toMatchObject({ putMs: expect.any(Number), readMs: expect.any(Number) });
    expect(receipt?.test?.left).toBeUndefined();
    expect(Math.abs(Date.parse(receipt?.test?.at ?? '') - Date.now())).toBeLessThan(60_000);
    expect(await files(harness.store)).toEqual([]);
    expect(existsSync(join(harness.store, 'doctor'))).toBe(false);
    const text = await metrics.expose();
    expect(text).not.toMatch(/^sightline_objects_total\{.*\} [1-9]/m);
    expect(text).not.toMatch(/^sightline_capture_to_stored_seconds_count [1-9]/m);
  });

  test('answers one that comes again, and one that is no image, as any capture', async () => {
    await harness.startReady();
    const { id, topic, bytes } = await testImage();
    for (let time = 0; time < 5; time += 1) await harness.publish(topic, bytes);
    await eventually(
      () => harness.receipts().filter((receipt) => receipt.id === id && receipt.state === 'stored').length,
      (count) => count === 5,
    );
    const broken = await testImage();
    await harness.publish(broken.topic, Buffer.from('no picture'));
    expect(await harness.receiptOf(broken.id)).toMatchObject({ state: 'refused', reason: 'not-an-image' });
    expect(await files(harness.store)).toEqual([]);
  });

  test('removes what a processor that died left long ago, and leaves what another may be at', async () => {
    const old = mintCaptureId(new Date(Date.now() - 2 * 3_600_000));
    const young = mintCaptureId(new Date(Date.now() - 600_000));
    const folder = join(harness.store, 'doctor/device=gate-9');
    await mkdir(folder, { recursive: true });
    for (const name of [old, young, 'something-else']) await writeFile(join(folder, name), 'x');
    await harness.startReady();
    const { id, topic, bytes } = await testImage();
    await harness.publish(topic, bytes);
    await receiptOf(id);
    const kept = ['something-else', young].map((name) => `doctor/device=gate-9/${name}`).sort();
    await eventually(
      () => files(harness.store),
      (found) => found.join() === kept.join(),
    );
  });

  test('says so when the store keeps what it should remove', async () => {
    const s3 = await startKeepingS3();
    await harness.startReady({ store: storeOf(s3) });
    const { id, topic, bytes } = await testImage();
    await harness.publish(topic, bytes);
    const receipt = await receiptOf(id);
    expect(receipt?.state).toBe('stored');
    expect(receipt?.test?.left).toEqual({
      key: `${SELF_TEST_KEYS}device=${DEVICE}/${id}`,
      why: expect.stringContaining('need s3:DeleteObject'),
    });
    s3.stop();
  });

  test('says nothing while the store says no, and shows its words', async () => {
    const s3 = await startMoodyS3('works');
    const { service } = await harness.startReady({ store: storeOf(s3) });
    s3.mood = 'forbids';
    const { id, topic, bytes } = await testImage();
    await harness.publish(topic, bytes);
    const words = await eventually(
      () => service.readiness().find(({ name, ok }) => name === 'store' && !ok)?.detail,
      Boolean,
      30_000,
    );
    expect(words).toContain('403');
    expect(harness.receipts().filter((receipt) => receipt.id === id)).toEqual([]);
    s3.stop();
  }, 40_000);
});

/** An S3 where whoever writes may not remove. */
async function startKeepingS3(): Promise<{ url: string; stop(): void }> {
  const objects = new Map<string, Buffer>();
  const server = createServer(async (request, response) => {
    const key = request.url?.split('?')[0] ?? '';
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    if (request.method === 'DELETE') return response.writeHead(403).end('<Error><Code>AccessDenied</Code></Error>');
    if (request.method === 'PUT') {
      if (objects.has(key)) return response.writeHead(412).end();
      objects.set(key, Buffer.concat(chunks));
    }
    return response
      .writeHead(objects.has(key) ? 200 : 404)
      .end(request.method === 'GET' ? objects.get(key) : undefined);
  });
  return listenOnLoopback(server);
}

function storeOf({ url }: { url: string }) {
  return {
    url: 's3://faces/site',
    endpoint: url,
    pathStyle: true,
    accessKeyId: 'test',
    secretAccessKey: 'test',
  };
}
