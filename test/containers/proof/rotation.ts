import { X509Certificate } from 'node:crypto';
import { connect } from 'node:tls';
import { expect, it } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { docker } from '../docker.ts';
import { CLOUD_BROKER, CLOUD_NETWORK } from '../site/cloud-side.ts';
import { DEVICE } from '../site/edge-side.ts';
import type { Site } from '../site/site.ts';
import { knockInVain } from '../site/visitor.ts';

/** Every certificate is replaced while captures flow. */
export function rotation(site: () => Site): void {
  it('broker, processors and device get new certificates: no container is restarted, and nothing is lost', async () => {
    const { cloud, edge } = site();
    const starts = await site().starts();
    const old = { device: edge.papers(), server: await serverSerial() };
    await cloud.renewAll();
    // A bundle for a name that has one locks the old certificate out.
    await edge.install(await cloud.enrol(DEVICE, '--again'));
    await eventually(serverSerial, (serial) => serial !== old.server, 60_000);
    await eventually(
      () => knockInVain(cloud.url, old.device).catch(() => ''),
      (reason) => reason !== '',
      60_000,
    );
    // All connections begin anew, with what is there now.
    await docker('network', 'disconnect', CLOUD_NETWORK, CLOUD_BROKER);
    await docker('network', 'connect', CLOUD_NETWORK, CLOUD_BROKER);
    await site().untilFacesArrive();
    await site().untilAllIsStored();
    expect(edge.papers().cert).not.toBe(old.device.cert);
    expect(await site().starts()).toEqual(starts);
  });

  async function serverSerial(): Promise<string> {
    const { host, port } = site().cloud;
    const socket = connect({ host, port, ...site().edge.papers() });
    return new Promise<string>((resolve, reject) => {
      socket.once('secureConnect', () => resolve(new X509Certificate(socket.getPeerCertificate().raw).serialNumber));
      socket.once('error', reject);
    }).finally(() => socket.destroy());
  }
}
