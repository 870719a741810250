import pino from 'pino';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createImageProcessor } from '../../src/cloud/image-processor/service.ts';
import { createForwarder } from '../../src/edge/forwarder/service.ts';
import type { Service } from '../../src/platform/service.ts';
import { eventually } from '../support/eventually.ts';
import { ForwarderSite } from '../support/forwarder-site.ts';
import { type Mosquitto, startMosquitto } from '../support/mosquitto.ts';
import { partDescribe } from '../support/parts.ts';
import { PkiFolder } from '../support/pki-folder.ts';
import { capture, files, isReady } from '../support/processor-harness.ts';
import { serviceContext } from '../support/service.ts';

const DEVICE = 'gate-3';

partDescribe('mosquitto', 'certificates between edge and cloud', () => {
  let pki: PkiFolder;
  let site: ForwarderSite;
  let cloud: Mosquitto;
  let processor: Service;
  let forwarder: Service | undefined;
  let store: string;

  beforeEach(async () => {
    pki = new PkiFolder();
    await pki.pki('init');
    await pki.issue('server', 'server', '--host', '127.0.0.1');
    await pki.issue('processor', 'processor');
    await pki.issue(DEVICE, 'device', DEVICE);
    cloud = await startMosquitto({
      listener: [
        'listener {port} 127.0.0.1',
        `cafile ${pki.at('server', 'ca.crt')}`,
        `certfile ${pki.at('server', 'tls.crt')}`,
        `keyfile ${pki.at('server', 'tls.key')}`,
        `crlfile ${pki.at('pki', 'ca.crl')}`,
        'require_certificate true',
        'use_identity_as_username true',
      ],
    });
    site = new ForwarderSite();
    store = site.folder().path;
    processor = createImageProcessor(
      serviceContext({ cloud: linkAs('processor'), store: { url: store }, processor: { id: 'p' } }),
    );
    await processor.start();
    await eventually(() => isReady(processor), Boolean);
  });

  afterEach(async () => {
    await forwarder?.stop();
    await site.stop();
    await processor.stop();
    await cloud.stop();
    pki.remove();
  });

  /** The cloud's side of a service's configuration with the certificate of that folder. */
  function linkAs(name: string) {
    const [ca, cert, key] = ['ca.crt', 'tls.crt', 'tls.key'].map((file) => pki.at(name, file));
    return { broker: `mqtts://127.0.0.1:${cloud.port}`, ca, cert, key };
  }

  /** A forwarder with its own edge broker, and what publishes captures there. */
  async function startEdge() {
    const edge = await site.broker();
    const spool = { path: site.folder().path, minFreeBytes: 1 };
    const context = serviceContext({ device: DEVICE, edge: { broker: edge.url }, cloud: linkAs(DEVICE), spool });
    const warnings: string[] = [];
    const log = pino({ level: 'warn' }, { write: (line: string) => void warnings.push(JSON.parse(line).reason) });
    forwarder = createForwarder({ ...context, log });
    await forwarder.start();
    const camera = site.link(edge.url);
    await eventually(() => camera.isUp && forwarder?.readiness().every(({ ok }) => ok), Boolean);
    const ids: string[] = [];
    const publish = async (count: number) => {
      for (let each = 0; each < count; each += 1) {
        const { id, topic, bytes } = await capture({ device: DEVICE });
        await camera.publish(topic, bytes, { qos: 1 });
        ids.push(id);
      }
    };
    return { warnings, publish, ids };
  }

  const storedIds = async () => (await files(store)).map((path) => path.split('/').at(-1)?.slice(0, 36)).sort();

  it('are taken anew at the next connection, of device, processor and broker, and nothing is lost', async () => {
    const { publish, ids } = await startEdge();
    await publish(10);
    await eventually(storedIds, (stored) => stored.length === 10);
    const former = [DEVICE, 'processor', 'server'].map((name) => pki.certificate(name, 'tls.crt').serialNumber);
    await pki.issue(DEVICE, 'renew', DEVICE);
    await pki.issue('processor', 'renew', '@image-processor');
    await pki.issue('server', 'renew', '127.0.0.1');
    for (const serial of former) await pki.pki('revoke', serial);
    const publishing = publish(10);
    await cloud.restart();
    await publishing;
    await eventually(storedIds, (stored) => stored.length === ids.length, 60_000);
    expect(await storedIds()).toEqual([...ids].sort());
  }, 120_000);

  it('that are revoked keep a device out until it is enrolled anew, and it keeps its captures', async () => {
    const { warnings, publish, ids } = await startEdge();
    await pki.pki('revoke', DEVICE);
    await cloud.restart();
    await eventually(
      () => warnings,
      (reasons) => reasons.includes("the broker refused this client's certificate: revoked"),
      30_000,
    );
    await publish(5);
    expect(await storedIds()).toEqual([]);
    await pki.issue(DEVICE, 'device', DEVICE);
    await eventually(storedIds, (stored) => stored.length === 5, 60_000);
    expect(await storedIds()).toEqual([...ids].sort());
  }, 120_000);
});
