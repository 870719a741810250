import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { eventually } from '../../../test/support/eventually.ts';
import { startFaultProxy } from '../../../test/support/fault-proxy.ts';
import { createEdge } from '../../../test/support/link.ts';
import { type Mosquitto, startMosquitto } from '../../../test/support/mosquitto.ts';
import { partDescribe } from '../../../test/support/parts.ts';
import { Metrics } from '../metrics.ts';
import type { LinkOptions, MqttLink } from './link.ts';

const PATIENCE_MS = 60_000;
const TOPIC = 'gate/owner';
let mosquitto: Mosquitto | undefined;
const links: MqttLink[] = [];
afterEach(async () => {
  await Promise.all(links.splice(0).map((link) => link.stop()));
  await mosquitto?.stop();
});

interface Rival {
  readonly link: MqttLink;
  readonly ups: () => number;
}

/** One of several that want to be the same client. */
function rival(
  protocol: '5' | '3.1.1',
  options: Partial<Omit<LinkOptions, 'config'>> = {},
  url = mosquitto?.url ?? '',
): Rival {
  let ups = 0;
  const link = createEdge(url, {
    clientId: 'gate-forwarder',
    exclusive: { topic: TOPIC, goneAfterMs: 3_000 },
    onUp: () => {
      ups += 1;
    },
    config: { protocol },
    ...options,
  });
  links.push(link);
  link.start();
  return { link, ups: () => ups };
}

const owners = (rivals: readonly Rival[]) => rivals.filter(({ link }) => link.isUp);
const takeOvers = (rivals: readonly Rival[]) => rivals.reduce((sum, { ups }) => sum + ups(), 0) - rivals.length;

/** One of them waits and says so. */
const oneWaits = (rivals: readonly Rival[]) =>
  eventually(
    () => rivals.map(({ link }) => link.readiness()),
    (states) =>
      states.some(({ ok }) => ok) &&
      states.some(({ ok, detail }) => !ok && /waits until it is gone/.test(detail ?? '')),
    PATIENCE_MS,
  );

partDescribe('mosquitto', 'two clients with one id', () => {
  for (const protocol of ['5', '3.1.1'] as const) {
    it(`end in one owner, who keeps it until he goes (MQTT ${protocol})`, async () => {
      mosquitto = await startMosquitto();
      const first = rival(protocol);
      await eventually(() => first.link.isUp, Boolean);
      const both = [first, rival(protocol)];
      await oneWaits(both);
      const settled = takeOvers(both);
      expect(settled).toBeLessThanOrEqual(3);
      await sleep(8_000);
      expect(takeOvers(both)).toBe(settled);
      const [owner] = owners(both) as [Rival];
      await owner.link.stop();
      const other = both.find((each) => each !== owner) as Rival;
      await eventually(() => other.link.isUp, Boolean, PATIENCE_MS);
      expect(other.link.readiness().ok).toBe(true);
    }, 120_000);
  }

  it('take along what follows: nobody owns the one link and not the other', async () => {
    mosquitto = await startMosquitto();
    const pair = () => {
      const leader = rival('5');
      const follower = rival('5', {
        clientId: 'gate-cloud',
        exclusive: { topic: 'gate/other', goneAfterMs: 3_000 },
        follows: leader.link,
      });
      return { leader, follower };
    };
    const pairs = [pair()];
    await eventually(() => links.every(({ isUp }) => isUp), Boolean);
    pairs.push(pair());
    await oneWaits(pairs.map(({ leader }) => leader));
    await eventually(
      () => pairs.map(({ leader, follower }) => [leader.link.isUp, follower.link.isUp].join()).sort(),
      (states) => states.join(' ') === 'false,false true,true',
      PATIENCE_MS,
    );
  }, 120_000);

  it('are not suspected by one whose broker restarts, and again', async () => {
    mosquitto = await startMosquitto();
    const metrics = new Metrics();
    const { link, ups } = rival('3.1.1', { metrics });
    for (let restart = 1; restart <= 3; restart += 1) {
      await eventually(
        () => ups(),
        (count) => count === restart,
        PATIENCE_MS,
      );
      await mosquitto.kill();
      await eventually(
        () => link.isUp,
        (isUp) => !isUp,
      );
      await mosquitto.restart();
    }
    await eventually(
      () => ups(),
      (count) => count === 4,
      PATIENCE_MS,
    );
    expect(await metrics.expose()).not.toContain('sightline_mqtt_takeovers_total');
  }, 120_000);
});

partDescribe('mosquitto', 'a client alone with its id', () => {
  it('is hardly held up by a line that breaks all the time', async () => {
    mosquitto = await startMosquitto();
    const proxy = await startFaultProxy({ target: mosquitto.port });
    const { link, ups } = rival('3.1.1', {}, `mqtt://127.0.0.1:${proxy.port}`);
    for (let cut = 1; cut <= 12; cut += 1) {
      await eventually(() => link.isUp || proxy.connections > 0, Boolean, PATIENCE_MS);
      await sleep(200);
      if (cut % 2) proxy.cut();
      else proxy.reset();
    }
    await eventually(() => link.isUp, Boolean, PATIENCE_MS);
    expect(ups()).toBeGreaterThanOrEqual(6);
    await link.stop();
    await proxy.stop();
  }, 120_000);
});

partDescribe('mosquitto', 'two clients with one id', () => {
  it('do not fight either where they may not ask each other', async () => {
    mosquitto = await startMosquitto({
      listener: ['listener {port} 127.0.0.1', 'allow_anonymous true', 'acl_file /dev/null'],
    });
    const both = [rival('5'), rival('5')];
    await oneWaits(both);
    await sleep(5_000);
    expect(takeOvers(both)).toBeLessThanOrEqual(3);
  }, 120_000);
});

const CONNACK_5 = Buffer.from([0x20, 3, 0, 0, 0]);
const DISCONNECT_TAKEN_OVER = Buffer.from([0xe0, 2, 0x8e, 0]);

it('asks at once where a broker of MQTT 5 says that it was a take-over', async () => {
  // Not a broker: Mosquitto 2.0 keeps it to itself.
  const ids: string[] = [];
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', (packet) => {
      ids.push(/gate-forwarder(-waiting)?/.exec(packet.toString('latin1'))?.[0] ?? '');
      socket.write(CONNACK_5);
      if (ids.length === 1) setTimeout(() => socket.end(DISCONNECT_TAKEN_OVER), 100);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const link = createEdge(`mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`, {
    clientId: 'gate-forwarder',
    exclusive: { topic: TOPIC },
    config: { protocol: '5' },
  });
  links.push(link);
  link.start();
  await eventually(
    () => ids.length,
    (count) => count === 2,
  );
  expect(ids).toEqual(['gate-forwarder', 'gate-forwarder-waiting']);
  expect(link.readiness()).toMatchObject({
    ok: false,
    detail: expect.stringMatching(/is connected as gate-forwarder/),
  });
  await link.stop();
  server.close();
});
