import { afterEach, expect, it } from 'vitest';
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
