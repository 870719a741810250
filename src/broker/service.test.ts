import { connect as connectSocket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../../test/support/eventually.ts';
import { connectClient, type Qos, type TestClient } from '../../test/support/mqtt-client.ts';
import { configSchema } from '../platform/config/schema.ts';
import { EXIT_CODES } from '../platform/exit-codes.ts';
import { createLog } from '../platform/log.ts';
import { Metrics } from '../platform/metrics.ts';
import { type BrokerService, createBroker } from './service.ts';

const cleanups: (() => Promise<unknown>)[] = [];
const metrics = new Metrics();

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function startBroker(port = 0): Promise<BrokerService> {
  const context = { config: configSchema.parse({}), log: createLog({ level: 'silent', format: 'json' }), metrics };
  const broker = createBroker(context, { port });
  await broker.start();
  cleanups.push(() => broker.stop());
  return broker;
}

async function join(
  broker: BrokerService,
  filters?: Readonly<Record<string, { qos: Qos }>>,
  session?: { clientId: string; clean?: boolean },
): Promise<TestClient> {
  const member = await connectClient(`mqtt://127.0.0.1:${broker.port}`, filters, session);
  cleanups.push(() => member.client.endAsync(true));
  return member;
}

const texts = (...clients: TestClient[]) => clients.flatMap(({ received }) => received.map(({ text }) => text)).sort();
const numbers = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => String(from + index)).sort();
const settle = () => new Promise((resolve) => setTimeout(resolve, 100));

describe('createBroker', () => {
  it.each([0, 1, 2] as const)(
    'gives each message to one member of a group and to every plain subscriber, QoS %i',
    async (qos) => {
      const broker = await startBroker();
      const one = await join(broker, { '$share/g/faces/+/captures/#': { qos } });
      const two = await join(broker, { '$share/g/faces/+/captures/#': { qos } });
      const other = await join(broker, { '$share/h/faces/#': { qos } });
      const plain = await join(broker, { 'faces/#': { qos } });
      const { client } = await join(broker);
      for (const text of numbers(0, 10)) await client.publishAsync('faces/gate/captures/door/1', text, { qos });
      await client.publishAsync('faces/gate/status', 'not for g', { qos });
      await eventually(
        () => texts(plain),
        ({ length }) => length === 11,
      );
      await eventually(
        () => texts(one, two),
        ({ length }) => length === 10,
      );
      await settle();
      expect(texts(one, two)).toEqual(numbers(0, 10));
      expect([one.received.length, two.received.length]).toEqual([5, 5]);
      expect(texts(other)).toEqual(texts(plain));
      expect(one.received.every((message) => message.qos === qos)).toBe(true);
    },
  );

  it('gives the rest to the others when a member is killed, and to all again when it is back', async () => {
    const broker = await startBroker();
    const filters = { '$share/g/t': { qos: 1 } } as const;
    const one = await join(broker, filters);
    const two = await join(broker, filters);
    const { client } = await join(broker);
    one.client.stream.destroy();
    await eventually(
      () => metricValue('sightline_broker_clients'),
      (value) => value === 2,
    );
    for (const text of numbers(0, 6)) await client.publishAsync('t', text, { qos: 1 });
    await eventually(
      () => texts(two),
      ({ length }) => length === 6,
    );
    expect(texts(two)).toEqual(numbers(0, 6));
    const back = await join(broker, filters);
    for (const text of numbers(6, 10)) await client.publishAsync('t', text, { qos: 1 });
    await eventually(
      () => texts(two, back),
      ({ length }) => length === 10,
    );
    expect(back.received).toHaveLength(2);
  });

  it('no longer gives to a member that unsubscribed or left', async () => {
    const broker = await startBroker();
    const one = await join(broker, { '$share/g/t': { qos: 1 }, t: { qos: 1 } });
    const two = await join(broker, { '$share/g/t': { qos: 1 } });
    const { client } = await join(broker);
    await one.client.unsubscribeAsync('$share/g/t');
    for (const text of numbers(0, 4)) await client.publishAsync('t', text, { qos: 1 });
    await eventually(
      () => texts(two),
      ({ length }) => length === 4,
    );
    expect(texts(one)).toEqual(numbers(0, 4));
    await two.client.endAsync();
    await client.publishAsync('t', 'nobody in the group', { qos: 1 });
    await eventually(
      () => texts(one),
      ({ length }) => length === 5,
    );
  });

  it('gives a client with a shared and a plain subscription a copy for each', async () => {
    const broker = await startBroker();
    const both = await join(broker, { '$share/g/t/#': { qos: 1 }, 't/#': { qos: 1 } });
    const member = await join(broker, { '$share/g/t/#': { qos: 1 } });
    const { client } = await join(broker);
    await Promise.all(numbers(0, 50).map((text) => client.publishAsync('t/x', text, { qos: 1 })));
    await eventually(
      () => texts(both, member),
      ({ length }) => length === 100,
    );
    await settle();
    expect(texts(both, member)).toEqual([...numbers(0, 50), ...numbers(0, 50)].sort());
    expect(member.received).toHaveLength(25);
    await both.client.unsubscribeAsync('t/#');
    await client.publishAsync('t/x', 'a', { qos: 1 });
    await client.publishAsync('t/x', 'b', { qos: 1 });
    await eventually(
      () => texts(both, member),
      ({ length }) => length === 102,
    );
  });

  it('holds what a group is owed while its only member, with a kept session, is away', async () => {
    const broker = await startBroker();
    const filters = { '$share/g/t': { qos: 1 } } as const;
    const session = { clean: false, clientId: 'processor-1' };
    const one = await join(broker, filters, session);
    const { client } = await join(broker);
    await client.publishAsync('t', '0', { qos: 1 });
    await eventually(
      () => texts(one),
      ({ length }) => length === 1,
    );
    await one.client.endAsync();
    for (const text of ['1', '2']) await client.publishAsync('t', text, { qos: 1 });
    const back = await join(broker, {}, session);
    await client.publishAsync('t', '3', { qos: 1 });
    await eventually(
      () => texts(back),
      ({ length }) => length === 3,
    );
    expect(texts(back)).toEqual(['1', '2', '3']);
    await back.client.endAsync();
    await (await join(broker, {}, { ...session, clean: true })).client.endAsync();
    await client.publishAsync('t', 'for a session that is over', { qos: 1 });
    const fresh = await join(broker, filters, session);
    await settle();
    expect(fresh.received).toEqual([]);
  });

  it('lets a connection that takes over a client id keep its place in the group', async () => {
    const broker = await startBroker();
    const filters = { '$share/g/t': { qos: 1 } } as const;
    await join(broker, filters, { clientId: 'same' });
    const second = await join(broker, filters, { clientId: 'same' });
    const { client } = await join(broker);
    for (const text of numbers(0, 4)) await client.publishAsync('t', text, { qos: 1 });
    await eventually(
      () => texts(second),
      ({ length }) => length === 4,
    );
  });

  it.each(['$share', '$share/g', '$share//t', '$share/g/', '$share/+/t'])(
    'refuses the subscription %s',
    async (filter) => {
      const broker = await startBroker();
      const { client } = await join(broker);
      const granted = await client.subscribeAsync(filter, { qos: 1 }).catch((error: Error) => error.message);
      expect(JSON.stringify(granted)).toMatch(/128|Unspecified|Invalid/);
    },
  );

  it('keeps retained messages for plain subscriptions and gives none to a share', async () => {
    const broker = await startBroker();
    const { client } = await join(broker);
    await client.publishAsync('t/status', 'online', { qos: 1, retain: true });
    const shared = await join(broker, { '$share/g/t/#': { qos: 1 } });
    const plain = await join(broker, { 't/#': { qos: 1 } });
    await eventually(
      () => texts(plain),
      ({ length }) => length === 1,
    );
    await settle();
    expect(shared.received).toEqual([]);
  });

  it('ends a client that announces a packet of more than the limit, publishes on $-topics or sends rubbish', async () => {
    const broker = await startBroker();
    const large = await join(broker);
    large.client.stream.write(Buffer.from([0x30, 0xff, 0xff, 0xff, 0x7f]));
    await large.closed;
    const sly = await join(broker);
    sly.client.publish('$share/g/t', 'x');
    await sly.closed;
    const socket = connectSocket(broker.port, '127.0.0.1');
    socket.on('error', () => undefined);
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.write('GET / HTTP/1.1\r\n\r\n'.repeat(100));
    await closed;
    await join(broker);
  });

  it('carries an image of 32 MiB', async () => {
    const broker = await startBroker();
    const one = await join(broker);
    const size = new Promise((resolve) => one.client.once('message', (_topic, payload) => resolve(payload.length)));
    await one.client.subscribeAsync('big', { qos: 1 });
    await one.client.publishAsync('big', Buffer.alloc(32 * 2 ** 20), { qos: 1 });
    expect(await size).toBe(32 * 2 ** 20);
  });

  it('says what to do when its port is taken', async () => {
    const broker = await startBroker();
    await expect(startBroker(broker.port)).rejects.toMatchObject({
      message: expect.stringContaining(`port ${broker.port} of 127.0.0.1 to be free`),
      hint: expect.stringContaining('broker.port'),
      exitCode: EXIT_CODES.environment,
    });
  });

  it('closes its clients when it stops, and starts again on the same port', async () => {
    const broker = await startBroker();
    const { closed } = await join(broker);
    const { port } = broker;
    await broker.stop();
    await closed;
    expect(broker.readiness()[0]?.ok).toBe(false);
    await startBroker(port);
  });
});

async function metricValue(name: string): Promise<number> {
  const line = (await metrics.expose()).split('\n').find((text) => text.startsWith(`${name}{`));
  return Number(line?.split(' ').at(-1));
}
