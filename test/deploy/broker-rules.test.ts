import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { temporaryFolder } from '../support/folder.ts';
import { requirePart } from '../support/parts.ts';
import { BrokerCertificates } from './broker-certificates.ts';
import { BrokerClient, withCertificate } from './broker-clients.ts';
import { CLOUD, EDGE, GREEDY, TOPICS } from './broker-rules-table.ts';
import { DeployedBroker } from './deployed-broker.ts';

/** MQTT 5: not authorized. */
const NOT_AUTHORISED = 135;

const mosquitto = requirePart('mosquitto');

describe.skipIf(!mosquitto.present)(`the access rules, in a real Mosquitto ${mosquitto.reason}`, () => {
  const folder = temporaryFolder();
  const certificates = new BrokerCertificates(folder.path);
  const cloud = new DeployedBroker('cloud');
  const edge = new DeployedBroker('edge');
  const passwords = new Map(
    ['face-detector', 'forwarder', 'message-logger', 'camera', 'tester'].map((user) => [user, `of ${user}`]),
  );
  const clients: BrokerClient[] = [];

  beforeAll(async () => {
    await certificates.create();
    cloud.putServer(await certificates.server());
    // Somebody must be able to say everything, to see who hears it.
    for (const broker of [cloud, edge]) broker.put('local/acl.local', 'user tester\ntopic readwrite #\n');
    for (const [user, password] of passwords) edge.put(`passwords/${user}`, `${password}\n`);
    await Promise.all([cloud.start(), edge.start()]);
  });

  afterAll(async () => {
    for (const client of clients) await client.end();
    await Promise.all([cloud.stop(), edge.stop()]);
    folder.remove();
  });

  async function connect(side: 'cloud' | 'edge', user: string, more = {}): Promise<BrokerClient> {
    const login =
      side === 'cloud'
        ? withCertificate(await certificates.client(user))
        : { username: user, password: passwords.get(user) as string };
    const client = await BrokerClient.connect((side === 'cloud' ? cloud : edge).url, { ...login, ...more });
    clients.push(client);
    return client;
  }

  for (const [side, rows] of [
    ['cloud', CLOUD],
    ['edge', EDGE],
  ] as const) {
    describe.each(rows)(`of the ${side} broker for $user`, ({ user, publishes, hears }) => {
      it('let it publish what its service publishes, and nothing else', async () => {
        const client = await connect(side, user);
        for (const topic of TOPICS) {
          const isAllowed = publishes.includes(topic);
          expect([topic, await client.publish(topic)]).toEqual([topic, isAllowed ? 'accepted' : NOT_AUTHORISED]);
        }
      });

      it('let it hear what its service listens to, and nothing else, whatever it subscribes', async () => {
        const [listener, tester] = [await connect(side, user), await connect(side, 'tester')];
        await listener.subscribe(...GREEDY, ...TOPICS);
        const said = TOPICS.filter((topic) => !topic.startsWith('$'));
        for (const topic of said) expect(await tester.publish(topic)).toBe('accepted');
        // Whatever was on its way to it comes before the answer to this.
        await listener.publish('other');
        const heard = () => [...listener.topics].filter((topic) => !topic.startsWith('$SYS')).sort();
        expect(heard()).toEqual([...hears].sort());
        const system = [...listener.topics].filter((topic) => topic.startsWith('$SYS'));
        expect(system.every((topic) => topic === '$SYS/broker/publish/messages/dropped')).toBe(true);
      });
    });
  }

  it('hold for what is retained and for the last will, too', async () => {
    const [operator, gate] = [await connect('cloud', '@operator'), await connect('cloud', 'gate-3')];
    await operator.subscribe('face_detection/+/status', 'face_detection/+/receipts');
    expect(await gate.publish('face_detection/gate-4/status', 'offline', true)).toBe(NOT_AUTHORISED);
    const will = (topic: string) => ({
      will: { topic, payload: Buffer.from('offline'), qos: 1 as const, retain: true },
    });
    // The broker may refuse such a client outright, or pass over its will.
    const forger = await connect('cloud', 'gate-3', will('face_detection/gate-4/status')).catch(() => undefined);
    forger?.client.stream.destroy();
    const honest = await connect('cloud', 'gate-3', will('face_detection/gate-3/status'));
    honest.client.stream.destroy();
    await eventually(
      () => operator.topics.size,
      (count) => count > 0,
    );
    expect([...operator.topics]).toEqual(['face_detection/gate-3/status']);
    const later = await connect('cloud', '@operator');
    await later.subscribe('face_detection/+/status');
    await eventually(
      () => later.topics.size,
      (count) => count > 0,
    );
    expect([...later.topics]).toEqual(['face_detection/gate-3/status']);
  });

  it('go by the name in the certificate, whatever user the client names besides', async () => {
    const client = await connect('cloud', 'gate-3', { username: 'gate-4', password: 'x' });
    expect(await client.publish('face_detection/gate-4/status')).toBe(NOT_AUTHORISED);
    expect(await client.publish('face_detection/gate-3/status')).toBe('accepted');
  });

  it.each([
    ['+', '/CN=+'],
    ['#', '/CN=#'],
    ['a path', '/CN=gate-3\\/captures\\/door'],
    ['nothing', '/CN='],
    ['no name at all', '/O=gate-3'],
    ['a device, in another field', '/CN=x/OU=gate-3'],
  ])('give nothing of gate-3 to a certificate whose name is %s', async (_, subject) => {
    const tls = certificates.odd('odd', subject);
    const client = await BrokerClient.connect(cloud.url, withCertificate(tls)).catch(() => undefined);
    // Not let in at all is as good.
    if (!client) return;
    clients.push(client);
    const tester = await connect('cloud', 'tester');
    await client.subscribe(...GREEDY, ...TOPICS);
    for (const topic of TOPICS) expect([topic, await client.publish(topic)]).toEqual([topic, NOT_AUTHORISED]);
    for (const topic of TOPICS.filter((each) => !each.startsWith('$'))) await tester.publish(topic);
    await client.publish('other');
    expect([...client.topics]).toEqual([]);
  });

  it('let nobody in without a certificate, with one of another CA, or with a wrong password', async () => {
    const { ca } = withCertificate(await certificates.client('gate-3'));
    await expect(BrokerClient.connect(cloud.url, { ca })).rejects.toThrow();
    const others = temporaryFolder();
    const foreign = new BrokerCertificates(others.path);
    await foreign.create();
    const stranger = withCertificate(await foreign.client('gate-3'));
    await expect(BrokerClient.connect(cloud.url, { ...stranger, ca })).rejects.toThrow();
    others.remove();
    await expect(BrokerClient.connect(edge.url)).rejects.toThrow(/Not authorized/);
    await expect(BrokerClient.connect(edge.url, { username: 'forwarder', password: 'x' })).rejects.toThrow(
      /Not authorized/,
    );
    await expect(BrokerClient.connect(cloud.url.replace('mqtts', 'mqtt'))).rejects.toThrow();
  });

  it('let nobody in with TLS 1.1', async () => {
    const old = { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
    const gate = withCertificate(await certificates.client('gate-3'));
    await expect(BrokerClient.connect(cloud.url, { ...gate, ...old })).rejects.toThrow();
  });
});
