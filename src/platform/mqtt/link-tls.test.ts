import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Certificates, makeCertificates } from '../../../test/support/certificates.ts';
import { eventually } from '../../../test/support/eventually.ts';
import { temporaryFolder } from '../../../test/support/folder.ts';
import { createEdge } from '../../../test/support/link.ts';
import { type Mosquitto, startMosquitto } from '../../../test/support/mosquitto.ts';
import { partDescribe } from '../../../test/support/parts.ts';
import type { LinkConfig } from '../config/schema.ts';
import type { MqttLink } from './link.ts';

describe('certificates that are configured', () => {
  it('stop the start when a file is not there, and name it', () => {
    const start = () => createEdge('mqtts://127.0.0.1:1', { config: { ca: '/nowhere/ca.pem' } }).start();
    expect(start).toThrow(/ca: Expected a PEM file for 127\.0\.0\.1:1, got ENOENT/);
  });
});

partDescribe('mosquitto', 'a link over TLS', () => {
  const folder = temporaryFolder();
  const links: MqttLink[] = [];
  let pem: Certificates;
  let mosquitto: Mosquitto;
  let url: string;

  beforeAll(async () => {
    pem = makeCertificates(folder.path);
    const passwords = join(folder.path, 'passwords');
    execFileSync('mosquitto_passwd', ['-b', '-c', passwords, 'gate', 'open sesame']);
    chmodSync(passwords, 0o644);
    mosquitto = await startMosquitto({
      listener: [
        'listener {port} 127.0.0.1',
        'allow_anonymous false',
        `password_file ${passwords}`,
        `cafile ${pem.ca}`,
        `certfile ${pem.serverCert}`,
        `keyfile ${pem.serverKey}`,
        'require_certificate true',
      ],
    });
    url = `mqtts://127.0.0.1:${mosquitto.port}`;
  });

  afterEach(async () => {
    for (const link of links.splice(0)) await link.stop();
  });

  afterAll(async () => {
    await mosquitto?.stop();
    folder.remove();
  });

  function connect(config: Partial<LinkConfig>): MqttLink {
    const link = createEdge(url, { config });
    links.push(link);
    link.start();
    return link;
  }

  const all = (): Partial<LinkConfig> => ({
    ca: pem.ca,
    cert: pem.clientCert,
    key: pem.clientKey,
    username: 'gate',
    password: 'open sesame',
  });

  /** What a link says of its failed connection. */
  async function fault(config: Partial<LinkConfig>): Promise<string> {
    const link = connect(config);
    const { detail = '' } = await eventually(
      () => link.readiness(),
      ({ detail: text }) => text !== 'connecting',
    );
    expect(link.isUp).toBe(false);
    return detail;
  }

  it('stands with the CA, the client certificate, user and password', async () => {
    const link = connect(all());
    await eventually(() => link.isUp, Boolean);
    await expect(link.publish('a', 'x', { qos: 1 })).resolves.toBeUndefined();
  });

  it('never comes about with a server whose CA is not trusted', async () => {
    expect(await fault({ ...all(), ca: pem.otherCa })).toMatch(/certificate/);
    const { ca: _, ...withoutCa } = all();
    expect(await fault(withoutCa)).toMatch(/name the CA with ca/);
  });

  it('is refused without the client certificate, and with a wrong password', async () => {
    const { cert: _cert, key: _key, ...withoutCertificate } = all();
    expect(await fault(withoutCertificate)).not.toBe('');
    const refusal = await fault({ ...all(), password: 'wrong' });
    expect(refusal).toMatch(/refused/);
    expect(refusal).not.toContain('wrong');
  });

  it('says that a key is of another certificate, and comes about once it is the right one', async () => {
    const key = join(folder.path, 'changing.key');
    copyFileSync(pem.serverKey, key);
    const link = connect({ ...all(), key });
    await eventually(
      () => link.readiness(),
      ({ detail }) => /key: Expected the key of the certificate \S+client\.pem, got another one/.test(detail ?? ''),
    );
    copyFileSync(pem.clientKey, key);
    await eventually(() => link.isUp, Boolean, 60_000);
  }, 90_000);

  it('takes renewed certificates without a restart', async () => {
    const renewed = join(folder.path, 'renewed.pem');
    copyFileSync(pem.otherCa, renewed);
    const link = connect({ ...all(), ca: renewed });
    await eventually(
      () => link.readiness(),
      ({ detail }) => /certificate/.test(detail ?? ''),
    );
    copyFileSync(pem.ca, renewed);
    await eventually(() => link.isUp, Boolean, 60_000);
  }, 90_000);
});
