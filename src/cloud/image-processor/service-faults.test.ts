import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { eventually } from '../../../test/support/eventually.ts';
import { type Mood, type MoodyS3, startMoodyS3 } from '../../../test/support/moody-s3.ts';
import { partDescribe } from '../../../test/support/parts.ts';
import { capture, isReady, processorHarness } from '../../../test/support/processor-harness.ts';
import { pattern } from '../../contract/fixtures/test-images.ts';
import type { Service } from '../../platform/service.ts';

const PREFIX = 'face_detection';

partDescribe('mosquitto', 'an image-processor in trouble', () => {
  const harness = processorHarness();
  const stores: MoodyS3[] = [];
  let group: string;

  beforeEach(() => {
    group = `g-${randomBytes(4).toString('hex')}`;
  });
  afterEach(() => {
    for (const store of stores.splice(0)) store.stop();
  });

  /** Processors of one test share the work. */
  async function startProcessor(id: string, store: Record<string, unknown>, concurrency = 64): Promise<Service> {
    return (await harness.startService({ processor: { id, group, concurrency }, store })).service;
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

  const publish = ({ topic, bytes }: Capture) => harness.publish(topic, bytes);

  const stored = () =>
    new Map(harness.receipts().flatMap(({ id, state, by = '' }) => (state === 'stored' ? [[id, by] as const] : [])));

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
    expect(harness.sender.received.some(({ text }) => text.includes('refused'))).toBe(false);
  });

  test('leaves its share to the others while its store hangs, and comes back', async () => {
    const { s3, config } = await moody('works');
    const sick = await startProcessor('sick', config, 2);
    const well = await startProcessor('well', { url: harness.store });
    await eventually(() => [sick, well].every(isReady), Boolean);
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
    await harness.publish(PREFIX, image);
    await eventually(
      () => isReady(service),
      (ready) => !ready,
      5_000,
    );
    s3.mood = 'works';
    await eventually(() => [...s3.objects.values()].some((bytes) => bytes.equals(image)), Boolean, 25_000);
  }, 60_000);
});

type Capture = Awaited<ReturnType<typeof capture>>;
