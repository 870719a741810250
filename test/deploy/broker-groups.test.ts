import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { temporaryFolder } from '../support/folder.ts';
import { requirePart } from '../support/parts.ts';
import { BrokerCertificates } from './broker-certificates.ts';
import { BrokerClient, withCertificate } from './broker-clients.ts';
import { DeployedBroker } from './deployed-broker.ts';

const FILTER = 'face_detection/+/captures/#';
const TOPICS = Array.from({ length: 20 }, (_, index) => `face_detection/gate-4/captures/door/${index}`);

const mosquitto = requirePart('mosquitto');

/** Mosquitto 2.0 lets everybody subscribe and looks at the rules when it delivers: a group's turn that is refused then is lost. */
describe.skipIf(!mosquitto.present)(`a device that subscribes as image-processors do ${mosquitto.reason}`, () => {
  const folder = temporaryFolder();
  const certificates = new BrokerCertificates(folder.path);
  const broker = new DeployedBroker('cloud');
  const clients: BrokerClient[] = [];

  beforeAll(async () => {
    await certificates.create();
    broker.putServer(await certificates.server());
    await broker.start();
  });

  afterAll(async () => {
    for (const client of clients) await client.end();
    await broker.stop();
    folder.remove();
  });

  async function connect(name: string): Promise<BrokerClient> {
    const client = await BrokerClient.connect(broker.url, withCertificate(await certificates.client(name)));
    clients.push(client);
    return client;
  }

  it('takes nothing from processors whose group it does not know', async () => {
    const [processor, gate] = [await connect('@image-processor'), await connect('gate-4')];
    await processor.subscribe(`$share/3f9c0a51d2/${FILTER}`);
    const guesses = ['image-processors', '3f9c0a51d', '3f9c0a51d2x', '+', '#'].map(
      (group) => `$share/${group}/${FILTER}`,
    );
    const thief = withCertificate(await certificates.client('gate-3'));
    const thieves: BrokerClient[] = [];
    // Each on its own: for a filter that is none it is thrown out.
    for (const guess of [...guesses, FILTER, '#']) {
      const client = await BrokerClient.connect(broker.url, thief);
      clients.push(client);
      thieves.push(client);
      await client.subscribe(guess);
    }
    for (const topic of TOPICS) expect(await gate.publish(topic)).toBe('accepted');
    const heard = await eventually(
      () => [...processor.topics],
      (topics) => topics.length === TOPICS.length,
    );
    expect(heard.sort()).toEqual([...TOPICS].sort());
    expect(thieves.flatMap(({ topics }) => [...topics])).toEqual([]);
  });
});
