import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { startChoosyBroker } from '../../../test/support/choosy-broker.ts';
import { eventually } from '../../../test/support/eventually.ts';
import { freePort } from '../../../test/support/free-port.ts';
import { createEdge } from '../../../test/support/link.ts';
import { type Mosquitto, startMosquitto } from '../../../test/support/mosquitto.ts';
import { partDescribe } from '../../../test/support/parts.ts';
import type { Message } from './connection.ts';
import type { MqttLink } from './link.ts';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function broker(options = {}): Promise<Mosquitto> {
  const mosquitto = await startMosquitto(options);
  cleanups.push(() => mosquitto.stop());
  return mosquitto;
}

function link(url: string, options: Parameters<typeof createEdge>[1] = {}): MqttLink {
  const made = createEdge(url, options);
  cleanups.push(() => made.stop());
  made.start();
  return made;
}

const up = (made: MqttLink) => eventually(() => made.isUp, Boolean);

partDescribe('mosquitto', 'a link to a real Mosquitto', () => {
  it('delivers with MQTT 5 and with 3.1.1, at each quality of service', async () => {
    const { url } = await broker();
    for (const protocol of ['5', '3.1.1'] as const) {
      const got: Message[] = [];
      const receiver = link(url, {
        config: { protocol },
        subscriptions: [{ filter: 'a/#', qos: 2 }],
        onMessage: async (message) => void got.push(message),
      });
      const sender = link(url, { config: { protocol } });
      await up(receiver);
      await up(sender);
      for (const qos of [0, 1, 2] as const) await sender.publish(`a/${qos}`, Buffer.from([qos]), { qos });
      const topics = await eventually(
        () => got.map(({ topic }) => topic).sort(),
        (seen) => seen.length === 3,
      );
      expect(topics).toEqual(['a/0', 'a/1', 'a/2']);
    }
  });

  it('comes back by itself when the broker was not there at the start, and after each kill', async () => {
    const port = await freePort();
    const made = link(`mqtt://127.0.0.1:${port}`);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(made.isUp).toBe(false);
    const mosquitto = await broker({ port });
    await up(made);
    await mosquitto.kill();
    await eventually(
      () => made.isUp,
      (isUp) => !isUp,
    );
    await mosquitto.restart();
    await up(made);
  });

  it('fails a publish that the broker never acknowledged, and queues none while it is away', async () => {
    const mosquitto = await broker();
    const made = link(mosquitto.url);
    await up(made);
    await mosquitto.kill();
    await expect(made.publish('a', 'x', { qos: 1 })).rejects.toThrow(/connection/i);
    await mosquitto.restart();
    await up(made);
    await expect(made.publish('a', 'y', { qos: 1 })).resolves.toBeUndefined();
  });

  it('does not acknowledge what its handler rejects: the broker delivers it again', async () => {
    const { url } = await broker();
    let attempts = 0;
    const receiver = link(url, {
      clientId: 'keeps',
      clean: false,
      sessionExpirySeconds: 60,
      subscriptions: [{ filter: 'a', qos: 1 }],
      onMessage: async () => {
        attempts += 1;
        if (attempts < 3) throw new Error('not yet');
      },
    });
    const sender = link(url);
    await up(receiver);
    await up(sender);
    await sender.publish('a', 'x', { qos: 1 });
    await eventually(
      () => attempts,
      (count) => count === 3,
    );
  });

  it('ends at once while a broker has let it in and then says nothing', async () => {
    const connackAlone = createServer((socket) => {
      socket.once('data', () => socket.write(Buffer.from([0x20, 2, 0, 0])));
      socket.on('error', () => undefined);
    });
    const port = await freePort();
    await new Promise<void>((resolve) => connackAlone.listen(port, '127.0.0.1', resolve));
    const sockets = new Promise<void>((resolve) =>
      connackAlone.once('connection', (socket) => socket.once('data', () => resolve())),
    );
    cleanups.push(async () => void connackAlone.close());
    const made = link(`mqtt://127.0.0.1:${port}`, {
      config: { protocol: '3.1.1' },
      subscriptions: [{ filter: 'a', qos: 1 }],
    });
    await sockets;
    await sleep(100);
    const startedAt = performance.now();
    await made.stop();
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });

  it('goes on without a later subscription that the broker refuses, also on the next connection', async () => {
    const choosy = await startChoosyBroker('theirs');
    cleanups.push(() => choosy.stop());
    const got: string[] = [];
    let ups = 0;
    const made = link(choosy.url, {
      config: { protocol: '3.1.1' },
      subscriptions: [{ filter: 'ours', qos: 1 }],
      onMessage: async ({ topic }) => void got.push(topic),
      onUp: () => {
        ups += 1;
      },
    });
    await up(made);
    await made.subscribe({ filter: 'theirs', qos: 1 });
    await made.subscribe({ filter: 'later', qos: 1 });
    await made.publish('later', 'x', { qos: 1 });
    await eventually(
      () => got.length,
      (count) => count === 1,
    );
    expect(ups).toBe(1);
    made.reconnect('test');
    await eventually(
      () => ups,
      (count) => count === 2,
    );
    await made.publish('later', 'x', { qos: 1 });
    await made.publish('ours', 'x', { qos: 1 });
    await eventually(
      () => got,
      (topics) => topics.join() === 'later,later,ours',
    );
    expect(ups).toBe(2);
  });

  it('subscribes also to what is asked for while it connects', async () => {
    const { url } = await broker();
    const got: string[] = [];
    const made = link(url, {
      subscriptions: [{ filter: 'first', qos: 1 }],
      onMessage: async ({ topic }) => void got.push(topic),
    });
    const asked: string[] = [];
    while (!made.isUp) {
      asked.push(`later/${asked.length}`);
      await made.subscribe({ filter: asked.at(-1) ?? '', qos: 1 });
      await new Promise((resolve) => setImmediate(resolve));
    }
    for (const topic of asked) await made.publish(topic, 'x', { qos: 1 });
    await eventually(
      () => got.length,
      (count) => count === asked.length,
    );
  });

  it('says why a password was refused, and keeps trying', async () => {
    const { url } = await broker({ listener: ['listener {port} 127.0.0.1', 'allow_anonymous false'] });
    const made = link(url.replace('//', '//someone:secret@'));
    const { detail } = await eventually(
      () => made.readiness(),
      ({ detail: text }) => text !== 'connecting',
    );
    expect(detail).toMatch(/refused/);
    expect(detail).not.toContain('secret');
  });
});
