import { afterEach, expect, it } from 'vitest';
import { eventually } from '../../../test/support/eventually.ts';
import { createEdge } from '../../../test/support/link.ts';
import { type Mosquitto, startMosquitto } from '../../../test/support/mosquitto.ts';
import { partDescribe } from '../../../test/support/parts.ts';
import { configSchema } from '../config/schema.ts';
import { receivingSession } from './client-options.ts';
import type { Message } from './connection.ts';
import type { LinkOptions, MqttLink } from './link.ts';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

type Protocol = '5' | '3.1.1';

async function broker(lines: readonly string[] = []): Promise<Mosquitto> {
  const mosquitto = await startMosquitto({ lines });
  cleanups.push(() => mosquitto.stop());
  return mosquitto;
}

async function up(
  url: string,
  protocol: Protocol,
  options: Partial<Omit<LinkOptions, 'config'>> = {},
): Promise<MqttLink> {
  const link = createEdge(url, { ...options, config: { protocol } });
  cleanups.push(() => link.stop());
  link.start();
  await eventually(() => link.isUp, Boolean);
  return link;
}

const texts = (messages: readonly Message[]) => [...new Set(messages.map(({ payload }) => payload.toString()))].sort();

partDescribe('mosquitto', 'messages arrive', () => {
  for (const protocol of ['5', '3.1.1'] as const)
    for (const session of ['clean', 'persistent'] as const)
      for (const qos of [0, 1, 2] as const)
        it(`with MQTT ${protocol}, a ${session} session, QoS ${qos}, also after cuts in the middle`, async () => {
          const { url } = await broker();
          const got: Message[] = [];
          let isHandling = true;
          const receiver = await up(url, protocol, {
            clientId: 'receiver',
            ...receivingSession(configSchema.parse({ edge: { session } }).edge),
            subscriptions: [{ filter: 'a', qos }],
            onMessage: async (message) => {
              if (!isHandling) throw new Error('not now');
              got.push(message);
            },
          });
          const sender = await up(url, protocol);
          const sent = Array.from({ length: 30 }, (_, each) => `message ${each}`);
          // As a keeper does it: again until it is known to be there.
          const send = async (text: string) => {
            while (!texts(got).includes(text)) {
              await sender.publish('a', text, { qos }).catch(() => undefined);
              await eventually(() => texts(got).includes(text), Boolean, 500).catch(() => undefined);
            }
          };
          const sending = Promise.all(sent.map(send));
          for (let cut = 0; cut < 3; cut += 1) {
            isHandling = false;
            await eventually(() => receiver.isUp, Boolean);
            receiver.reconnect('test');
            sender.reconnect('test');
            isHandling = true;
            await eventually(() => receiver.isUp && sender.isUp, Boolean);
          }
          await sending;
          expect(texts(got)).toEqual([...sent].sort());
          expect(Math.max(...got.map((message) => message.qos))).toBe(qos);
        }, 60_000);
});

partDescribe('mosquitto', 'a persistent session', () => {
  for (const protocol of ['5', '3.1.1'] as const)
    it(`keeps for a receiver what comes while it is away (MQTT ${protocol})`, async () => {
      const { url } = await broker();
      const got: Message[] = [];
      const receive = () =>
        up(url, protocol, {
          clientId: 'receiver',
          ...receivingSession(configSchema.parse({ edge: { session: 'persistent' } }).edge),
          subscriptions: [{ filter: 'a', qos: 1 }],
          onMessage: async (message) => void got.push(message),
        });
      await (await receive()).stop();
      const sender = await up(url, protocol);
      await sender.publish('a', 'meanwhile', { qos: 1 });
      await receive();
      await eventually(
        () => texts(got).join(),
        (text) => text === 'meanwhile',
      );
    }, 60_000);
});

partDescribe('mosquitto', 'what a broker takes at once', () => {
  it('is never exceeded, and all goes through', async () => {
    const { url } = await broker(['max_inflight_messages 3', 'max_packet_size 50000']);
    const made = await up(url, '5');
    expect(made.receiveMaximum).toBe(3);
    expect(made.maximumPacketBytes).toBe(50_000);
    const qos = (each: number) => ((each % 2) + 1) as 1 | 2;
    await Promise.all(
      Array.from({ length: 200 }, (_, each) => made.publish('a', Buffer.alloc(10_000), { qos: qos(each) })),
    );
    await expect(made.publish('a', Buffer.alloc(60_000), { qos: 1 })).rejects.toThrow(/at most 50000 bytes/);
    await expect(made.publish('a/+', 'x', { qos: 1 })).rejects.toThrow(/without \+/);
    await expect(made.publish('a', 'x', { qos: 1 })).resolves.toBeUndefined();
  });
});
