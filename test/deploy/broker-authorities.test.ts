import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { temporaryFolder } from '../support/folder.ts';
import { requirePart } from '../support/parts.ts';
import { BrokerCertificates, type Tls } from './broker-certificates.ts';
import { BrokerClient } from './broker-clients.ts';
import { DeployedBroker } from './deployed-broker.ts';

const mosquitto = requirePart('mosquitto');

/** The way of docs/deploying.md, «A new authority», step by step. */
describe.skipIf(!mosquitto.present)(`a broker on its way to a new authority ${mosquitto.reason}`, () => {
  const folder = temporaryFolder();
  const [former, next] = ['former', 'next'].map((name) => {
    mkdirSync(join(folder.path, name));
    return new BrokerCertificates(join(folder.path, name));
  }) as [BrokerCertificates, BrokerCertificates];
  const broker = new DeployedBroker('cloud');
  const devices: Record<string, Tls> = {};
  const both = { ca: '', crl: '' };

  beforeAll(async () => {
    for (const certificates of [former, next]) await certificates.create();
    devices.waiting = await former.client('gate-1');
    devices.stolen = await former.client('gate-2');
    devices.renewed = await next.client('gate-3');
    devices.lost = await next.client('gate-4');
    await former.authority.revoke('gate-2');
    await next.authority.revoke('gate-4');
    broker.putServer(await former.server());
    await broker.start();
    const [one, other] = [await former.server(), await next.server()];
    both.ca = one.ca + other.ca;
    both.crl = one.crl + other.crl;
  });

  afterAll(async () => {
    await broker.stop();
    folder.remove();
  });

  /** Who gets in, of those who trust these authorities. */
  async function admitted(ca: string): Promise<string[]> {
    const names: string[] = [];
    for (const [name, { cert, key }] of Object.entries(devices)) {
      const papers = { ca, cert: readFileSync(cert), key: readFileSync(key) };
      const client = await BrokerClient.connect(broker.url, papers).catch(() => undefined);
      if (client) names.push(name);
      await client?.end();
    }
    return names;
  }

  /** It starts again for each of the changes; who comes too early is refused. */
  const untilAdmitted = (...expected: string[]) =>
    eventually(
      () => admitted(both.ca),
      (names) => names.join() === expected.join(),
    );

  it('with both certificates and one list refuses everybody of the other authority', async () => {
    broker.put('tls/ca.crt', both.ca);
    await eventually(
      () => broker.words,
      (words) => words.includes('Mosquitto starts again'),
    );
    await untilAdmitted('waiting');
  });

  it('with both certificates and both lists lets in whom either has issued and not revoked', async () => {
    broker.put('crl/ca.crl', both.crl);
    await untilAdmitted('waiting', 'renewed');
    // Its own certificate is still the former's: who was not renewed knows no other.
    expect(await admitted((await former.server()).ca)).toEqual(['waiting', 'renewed']);
  });

  it('with the new one alone lets in who was renewed', async () => {
    broker.putServer(await next.server());
    await untilAdmitted('renewed');
  });
});
