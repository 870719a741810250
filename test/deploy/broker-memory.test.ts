import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { temporaryFolder } from '../support/folder.ts';
import { requirePart } from '../support/parts.ts';
import { BrokerCertificates } from './broker-certificates.ts';
import { BrokerClient, withCertificate } from './broker-clients.ts';
import { DeployedBroker } from './deployed-broker.ts';

const MIB = 2 ** 20;
const LIMIT = /^memory_limit (\d+)$/m;

const mosquitto = requirePart('mosquitto');

/** One device lets the broker retain more than it has memory for. */
describe.skipIf(!mosquitto.present)(`a broker whose memory is full ${mosquitto.reason}`, () => {
  const folder = temporaryFolder();
  const certificates = new BrokerCertificates(folder.path);
  const brokers: DeployedBroker[] = [];
  const clients: BrokerClient[] = [];

  beforeAll(() => certificates.create());
  afterAll(async () => {
    for (const client of clients) await client.end();
    for (const broker of brokers) await broker.stop();
    folder.remove();
  });

  /** With a limit of so many MiB: the same happens at 320, and takes longer. */
  async function start(mebibytes: number): Promise<DeployedBroker> {
    const broker = new DeployedBroker('cloud');
    brokers.push(broker);
    limit(broker, mebibytes);
    broker.putServer(await certificates.server());
    await broker.start();
    return broker;
  }

  function limit(broker: DeployedBroker, mebibytes: number): void {
    broker.amend('config/cloud.conf', (text) => text.replace(LIMIT, `memory_limit ${mebibytes * MIB}`));
  }

  async function connect(broker: DeployedBroker, name: string): Promise<BrokerClient> {
    const client = await BrokerClient.connect(broker.url, withCertificate(await certificates.client(name)));
    clients.push(client);
    return client;
  }

  /** Retained captures of 4 MiB, until the broker takes no more; how many it took. */
  async function fill(broker: DeployedBroker): Promise<number> {
    const mallory = await connect(broker, 'mallory');
    // Not once(): to be cut off in the middle of a packet is an error, too.
    const closed = new Promise<string>((resolve) => mallory.client.once('close', () => resolve('closed')));
    const image = randomBytes(4 * MIB);
    for (let taken = 0; ; taken += 1) {
      const answer = mallory.publish(`face_detection/mallory/captures/door/${taken}`, image, true);
      if ((await Promise.race([answer, closed])) !== 'accepted') return taken;
      if (taken > 100) throw new Error('it takes everything');
    }
  }

  const isServing = async (broker: DeployedBroker) => {
    const gate = await connect(broker, 'gate-3');
    return gate.publish('face_detection/gate-3/captures/door/1', 'image');
  };

  it('cuts off who sends more, and goes on for the others, also after it started again', async () => {
    const broker = await start(48);
    const { mosquittoPid } = broker;
    expect(await fill(broker)).toBeGreaterThan(5);
    await eventually(
      () => broker.words,
      (words) => /out of memory/i.test(words),
    );
    expect(await isServing(broker)).toBe('accepted');
    expect(broker.mosquittoPid).toBe(mosquittoPid);
    expect(await broker.end()).toBe(0);
    await broker.start();
    expect(await isServing(broker)).toBe('accepted');
    expect(broker.words).not.toContain('trying without');
  });

  it('starts without what it had kept where that is more than it may read', async () => {
    const broker = await start(48);
    await fill(broker);
    expect(await broker.end()).toBe(0);
    limit(broker, 24);
    await broker.start();
    expect(await isServing(broker)).toBe('accepted');
    expect(broker.words).toContain('trying without what it had kept');
    expect(existsSync(join(broker.folder, 'data/mosquitto.db.aside'))).toBe(true);
  });

  it('keeps what it had kept where that was not the reason', async () => {
    const broker = await start(48);
    expect(await broker.end()).toBe(0);
    const file = join(broker.folder, 'data/mosquitto.db');
    const kept = readFileSync(file);
    broker.port = (await start(48)).port;
    expect(await broker.startInVain()).toBe(1);
    expect(readFileSync(file).equals(kept)).toBe(true);
  });

  it('starts without what it had kept where that is damaged', async () => {
    const broker = await start(48);
    expect(await broker.end()).toBe(0);
    writeFileSync(join(broker.folder, 'data/mosquitto.db'), 'nonsense');
    await broker.start();
    expect(await isServing(broker)).toBe('accepted');
  });

  it.each([
    ['cloud', 512],
    ['edge', 384],
  ])('has a limit well below that of its container (%s)', (side, container) => {
    const text = readFileSync(new URL(`../../deploy/broker/${side}.conf`, import.meta.url), 'utf8');
    const bytes = Number(LIMIT.exec(text)?.[1]);
    expect(bytes).toBeGreaterThan(0);
    expect(bytes / MIB).toBeLessThanOrEqual((container * 2) / 3);
  });
});
