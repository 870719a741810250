import { execFileSync } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { temporaryFolder } from '../support/folder.ts';
import { requirePart } from '../support/parts.ts';
import { BrokerCertificates } from './broker-certificates.ts';
import { BrokerClient, withCertificate } from './broker-clients.ts';
import { DeployedBroker } from './deployed-broker.ts';

/** All that the scripts call: the published image is Alpine, whose shell and tools are busybox. */
const TOOLS = 'sh cat cmp cp dirname find grep id mkdir mv rm sed sha256sum sleep tail tr wc'.split(' ');

const missing = [requirePart('busybox'), requirePart('mosquitto')].filter(({ present }) => !present);
const reasons = missing.map(({ reason }) => ` ${reason}`).join('');

describe.skipIf(reasons !== '')(`a deployed broker with the shell and the tools of Alpine${reasons}`, () => {
  const folder = temporaryFolder();
  const tools = temporaryFolder();
  const certificates = new BrokerCertificates(folder.path);
  const environment = { PATH: `${tools.path}:${process.env.PATH}:/usr/sbin` };
  const [cloud, edge] = [new DeployedBroker('cloud', environment), new DeployedBroker('edge', environment)];

  beforeAll(async () => {
    const busybox = execFileSync('sh', ['-c', 'command -v busybox'], { encoding: 'utf8' }).trim();
    for (const tool of TOOLS) symlinkSync(busybox, join(tools.path, tool));
    // Whoever the broker runs as must get there.
    execFileSync('chmod', ['755', tools.path]);
    await certificates.create();
    cloud.putServer(await certificates.server());
    edge.put('passwords/forwarder', 'one\n');
    await Promise.all([cloud.start(), edge.start()]);
  });

  afterAll(async () => {
    await Promise.all([cloud.stop(), edge.stop()]);
    for (const each of [folder, tools]) each.remove();
  });

  it('runs, is healthy, and ends when it is told to', async () => {
    const broker = new DeployedBroker('edge', environment);
    broker.put('passwords/forwarder', 'one\n');
    await broker.start();
    expect(broker.health()).toBe(true);
    expect(await broker.end()).toBe(0);
    expect(broker.health()).toBe(false);
    await broker.stop();
  });

  it('takes a new password', async () => {
    edge.put('passwords/forwarder', 'two\n');
    const login = () =>
      BrokerClient.connect(edge.url, { username: 'forwarder', password: 'two' }).catch(() => undefined);
    const client = await eventually(login, Boolean);
    await client?.end();
  });

  it('takes a certificate once its key is there, and a revocation', async () => {
    const gate = withCertificate(await certificates.client('gate-3'));
    const renewed = await certificates.server();
    cloud.put('tls/tls.key', renewed.key);
    await eventually(
      () => cloud.words,
      (words) => words.includes("changed files can't be used"),
    );
    cloud.put('tls/tls.crt', renewed.cert);
    await eventually(
      () => cloud.words,
      (words) => words.includes('Mosquitto reads them again'),
    );
    const client = await BrokerClient.connect(cloud.url, gate);
    await certificates.authority.revoke('gate-3');
    cloud.put('crl/ca.crl', (await certificates.server()).crl);
    await eventually(
      () => cloud.words,
      (words) => words.includes('Mosquitto starts again'),
    );
    await eventually(() => cloud.health(), Boolean);
    await expect(BrokerClient.connect(cloud.url, gate)).rejects.toThrow();
    await client.end();
  });
});
