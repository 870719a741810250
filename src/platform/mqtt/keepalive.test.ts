import { setTimeout as sleep } from 'node:timers/promises';
import { it, type TestContext } from 'vitest';
import { eventually } from '../../../test/support/eventually.ts';
import { type FaultProxy, startFaultProxy } from '../../../test/support/fault-proxy.ts';
import { createEdge } from '../../../test/support/link.ts';
import { type Mosquitto, startMosquitto } from '../../../test/support/mosquitto.ts';
import { partDescribe } from '../../../test/support/parts.ts';
import type { LinkConfig } from '../config/schema.ts';
import type { ConnectionEnd } from './connection-end.ts';
import type { LinkOptions, MqttLink } from './link.ts';

const KEEPALIVE_SECONDS = 5;

/** The tests wait most of the time, so they do it at the same time. */
type OnFinished = TestContext['onTestFinished'];

async function behindProxy(onFinished: OnFinished): Promise<{ mosquitto: Mosquitto; proxy: FaultProxy }> {
  const mosquitto = await startMosquitto();
  onFinished(() => mosquitto.stop());
  const proxy = await startFaultProxy({ target: mosquitto.port });
  onFinished(() => proxy.stop());
  return { mosquitto, proxy };
}

type Options = Partial<Omit<LinkOptions, 'config'>> & { config?: Partial<LinkConfig> };

async function up(
  onFinished: OnFinished,
  port: number,
  { config = {}, ...options }: Options = {},
): Promise<{ link: MqttLink; ends: ConnectionEnd[] }> {
  const ends: ConnectionEnd[] = [];
  const link = createEdge(`mqtt://127.0.0.1:${port}`, {
    onDown: (end) => ends.push(end),
    config: { keepaliveSeconds: KEEPALIVE_SECONDS, ...config },
    ...options,
  });
  onFinished(() => link.stop());
  link.start();
  await eventually(() => link.isUp, Boolean);
  return { link, ends };
}

partDescribe('mosquitto', 'the keepalive', () => {
  it.concurrent('leaves a slow connection alone while half a megabyte is under way', async ({
    expect,
    onTestFinished,
  }) => {
    const { proxy } = await behindProxy(onTestFinished);
    const { link, ends } = await up(onTestFinished, proxy.port);
    proxy.shape({ bytesPerSecond: 32_000, latencyMs: 300 });
    const sizes = [500_000, 40_000, 40_000];
    await Promise.all(sizes.map((bytes) => link.publish('a', Buffer.alloc(bytes), { qos: 1 })));
    expect(ends).toEqual([]);
  }, 120_000);

  it.concurrent('leaves an idle connection alone, and one that only receives', async ({ expect, onTestFinished }) => {
    const { mosquitto, proxy } = await behindProxy(onTestFinished);
    const idle = await up(onTestFinished, proxy.port);
    const receiver = await up(onTestFinished, proxy.port, { subscriptions: [{ filter: 'a', qos: 0 }] });
    const sender = await up(onTestFinished, mosquitto.port);
    for (let beat = 0; beat < 2.5 * KEEPALIVE_SECONDS; beat += 1) {
      await sender.link.publish('a', 'x', { qos: 0 });
      await sleep(1_000);
    }
    expect([...idle.ends, ...receiver.ends]).toEqual([]);
  }, 60_000);

  it.concurrent('leaves alone one whose messages wait for us', async ({ expect, onTestFinished }) => {
    const { mosquitto, proxy } = await behindProxy(onTestFinished);
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    let got = 0;
    const receiver = await up(onTestFinished, proxy.port, {
      subscriptions: [{ filter: 'a', qos: 1 }],
      onMessage: async () => {
        got += 1;
        await held;
      },
    });
    const sender = await up(onTestFinished, mosquitto.port);
    for (let each = 0; each < 5; each += 1) await sender.link.publish('a', Buffer.alloc(200_000), { qos: 1 });
    await sleep(2.2 * KEEPALIVE_SECONDS * 1000);
    expect(receiver.ends).toEqual([]);
    release();
    await eventually(
      () => got,
      (count) => count === 5,
    );
  }, 60_000);

  for (const [state, publish] of [
    ['idle', undefined],
    ['sending less than a socket holds', 40_000],
    ['sending more than a socket holds', 32_000_000],
  ] as const) {
    it.concurrent(`ends one that is half-open while ${state}`, async ({ expect, onTestFinished }) => {
      const { proxy } = await behindProxy(onTestFinished);
      const { link, ends } = await up(onTestFinished, proxy.port);
      await link.publish('a', Buffer.alloc(40_000), { qos: 1 });
      proxy.halfOpen();
      const startedAtMs = performance.now();
      if (publish) link.publish('a', Buffer.alloc(publish), { qos: 1 }).catch(() => undefined);
      await eventually(
        () => ends.length,
        (count) => count === 1,
        60_000,
      );
      expect(ends[0]?.reason).toBe('keepalive');
      // Half a keepalive more than promised, for a machine that is busy.
      expect(performance.now() - startedAtMs).toBeLessThan(2 * KEEPALIVE_SECONDS * 1000);
      await eventually(() => link.isUp, Boolean);
    }, 90_000);
  }
});
