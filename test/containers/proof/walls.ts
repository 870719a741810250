import { expect, it } from 'vitest';
import { addressOf } from '../docker.ts';
import { CLOUD_BROKER, CLOUD_NETWORK, PROCESSORS } from '../site/cloud-side.ts';
import { openPortsFromHere, openPortsFromNetwork } from '../site/port-scan.ts';
import type { Site } from '../site/site.ts';

/** The port scans: every TCP port of every address. */
export function walls(site: () => Site): void {
  const cloudAddresses = async (...names: string[]) => Promise.all(names.map((name) => addressOf(name, CLOUD_NETWORK)));

  it('from the edge, the TLS port alone answers on the cloud machine, and none of its containers does', async () => {
    const { cloud, edge, openBefore } = site();
    const inside = await cloudAddresses(CLOUD_BROKER, ...PROCESSORS, cloud.s3.name);
    const found = await openPortsFromNetwork(edge.network, [cloud.host, ...inside]);
    const { [cloud.host]: onHost = [], ...elsewhere } = found;
    expect(onHost.filter((port) => !openBefore.includes(port))).toEqual([cloud.port]);
    expect(elsewhere).toEqual(Object.fromEntries(inside.map((address) => [address, []])));
  });

  it('on the machine itself, both sides together have opened the TLS port alone', async () => {
    const { cloud, openBefore } = site();
    const open = await openPortsFromHere(cloud.host);
    expect(open.filter((port) => !openBefore.includes(port))).toEqual([cloud.port]);
    // The machine of the engine reaches into its containers: health and metrics are not even there.
    const [broker = '', ...processors] = await cloudAddresses(CLOUD_BROKER, ...PROCESSORS);
    expect(await openPortsFromHere(broker)).toEqual([8883]);
    for (const processor of processors) expect(await openPortsFromHere(processor)).toEqual([]);
  });

  it('at the edge only the broker listens, and only inside its own network', async () => {
    const { edge } = site();
    for (const name of edge.services) {
      const address = await addressOf(edge.container(name), edge.network);
      expect({ name, open: await openPortsFromHere(address) }).toEqual({ name, open: name === 'broker' ? [1883] : [] });
    }
    const broker = await addressOf(edge.container('broker'), edge.network);
    expect(await openPortsFromNetwork(CLOUD_NETWORK, [broker])).toEqual({ [broker]: [] });
  });
}
