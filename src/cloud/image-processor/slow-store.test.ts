import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { eventually } from '../../../test/support/eventually.ts';
import { type Mood, type MoodyS3, startMoodyS3 } from '../../../test/support/moody-s3.ts';
import { partDescribe } from '../../../test/support/parts.ts';
import { capture, isReady, processorHarness } from '../../../test/support/processor-harness.ts';
import type { Service } from '../../platform/service.ts';

const SAMPLE_MS = 20;

partDescribe('mosquitto', 'an image-processor whose store is slow or silent', () => {
  const harness = processorHarness();
  const stores: MoodyS3[] = [];
  const watches: AbortController[] = [];

  afterEach(() => {
    for (const watch of watches.splice(0)) watch.abort();
    for (const store of stores.splice(0)) store.stop();
  });

  async function startWith(mood: Mood, dragMs: number, concurrency: number) {
    const s3 = await startMoodyS3('works');
    stores.push(s3);
    const { service } = await harness.startReady({
      // A message that waits for a place is held for a quarter of it at most.
      cloud: { broker: harness.broker.url, keepaliveSeconds: 60 },
      processor: { id: 'only', group: `g-${randomBytes(4).toString('hex')}`, concurrency },
      store: { url: 's3://faces', endpoint: s3.url, pathStyle: true, accessKeyId: 'test', secretAccessKey: 'test' },
    });
    s3.mood = mood;
    s3.dragMs = dragMs;
    return { s3, service };
  }

  /** Counts how often it is no longer ready. */
  function watchLeaving(service: Service) {
    const watch = new AbortController();
    watches.push(watch);
    const seen = { leavings: 0 };
    void (async () => {
      for (let wasReady = true; !watch.signal.aborted; await sleep(SAMPLE_MS)) {
        const now = service.readiness().find(({ name }) => name === 'store')?.ok === true;
        if (wasReady && !now) seen.leavings += 1;
        wasReady = now;
      }
    })();
    return seen;
  }

  const storedIds = () => new Set(harness.receipts().flatMap(({ id, state }) => (state === 'stored' ? [id] : [])));

  /** Sends what has no receipt, as keepers do, until the deadline or until all have one. @returns how many have */
  async function keep(count: number, forMs: number) {
    const captures = await Promise.all(Array.from({ length: count }, () => capture()));
    const until = performance.now() + forMs;
    for (;;) {
      const left = captures.filter(({ id }) => !storedIds().has(id));
      if (left.length === 0 || performance.now() > until) return count - left.length;
      await Promise.all(left.map(({ topic, bytes }) => harness.publish(topic, bytes)));
      const resendAtMs = performance.now() + 6_000;
      await eventually(
        () => storedIds().size,
        (size) => size >= count || performance.now() > Math.min(resendAtMs, until),
        60_000,
      );
    }
  }

  test.each(['drags', 'drags on images'] as const)(
    'stores all while its store %s, many at a time',
    async (mood) => {
      const { s3, service } = await startWith(mood, 4_000, 8);
      const seen = watchLeaving(service);
      expect(await keep(24, 60_000)).toBe(24);
      expect(seen.leavings).toBeLessThanOrEqual(2);
      expect(s3.objects.size).toBeGreaterThanOrEqual(24);
    },
    90_000,
  );

  test('leaves soon, with room left, when its store hangs', async () => {
    const { service } = await startWith('hangs', 0, 64);
    const { topic, bytes } = await capture();
    await harness.publish(topic, bytes);
    await eventually(
      () => isReady(service),
      (ready) => !ready,
      6_000,
    );
  }, 30_000);

  test('comes back ever more rarely where probes succeed and images hang, and for good once one is stored', async () => {
    const { s3, service } = await startWith('hangs on images', 0, 64);
    const seen = watchLeaving(service);
    expect(await keep(10, 35_000)).toBe(0);
    // Each stay takes three seconds, and the times away double.
    expect(seen.leavings).toBeGreaterThanOrEqual(2);
    expect(seen.leavings).toBeLessThanOrEqual(7);
    s3.mood = 'works';
    expect(await keep(10, 60_000)).toBe(10);
    await eventually(() => isReady(service), Boolean);
  }, 120_000);
});
