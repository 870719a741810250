import { expect, it } from 'vitest';
import { addressOf } from '../docker.ts';
import { CLOUD_BROKER, CLOUD_NETWORK, PROCESSORS } from '../site/cloud-side.ts';
import { INSIDE, OUTSIDE } from '../site/edge-side.ts';
import { listeningPorts } from '../site/listening.ts';
import { openPortsFromHere, openPortsFromNetwork } from '../site/port-scan.ts';
import type { Site } from '../site/site.ts';

/** Where packets that nobody answers are dropped, each port costs a wait: up to here is everything that anybody listens on. */
const LOW_PORTS = { from: 1, to: 10_000 };

export function walls(site: () => Site): void {
  it('a scan of every port from the edge finds the TLS port of the cloud machine alone', async () => {
    const { cloud, openBefore } = site();
    const { [cloud.host]: open = [] } = await openPortsFromNetwork(OUTSIDE, [cloud.host]);
    expect(open.filter((port) => !openBefore.includes(port))).toEqual([cloud.port]);
  });

  it('a scan from the edge finds nothing in the containers of the cloud, and one from the cloud nothing at the edge', async () => {
    const { cloud, edge } = site();
    const scan = async (from: string, of: string, names: readonly string[]) => {
      const addresses = await Promise.all(names.map((name) => addressOf(name, of)));
      const found = await openPortsFromNetwork(from, addresses, LOW_PORTS);
      expect(found).toEqual(Object.fromEntries(addresses.map((address) => [address, []])));
    };
    // The same scan from inside finds what there is: it is the wall that hides it.
    const s3 = await addressOf(cloud.s3.name, CLOUD_NETWORK);
    expect(await openPortsFromNetwork(CLOUD_NETWORK, [s3], LOW_PORTS)).toEqual({ [s3]: [5000] });
    await scan(OUTSIDE, CLOUD_NETWORK, [CLOUD_BROKER, ...PROCESSORS, cloud.s3.name]);
    await scan(INSIDE, CLOUD_NETWORK, [CLOUD_BROKER]);
    await scan(
      CLOUD_NETWORK,
      INSIDE,
      edge.services.map((name) => edge.container(name)),
    );
  });

  it('a scan of every port on the machine itself finds that both sides have opened the TLS port alone', async () => {
    const { cloud, openBefore } = site();
    const open = await openPortsFromHere(cloud.host);
    expect(open.filter((port) => !openBefore.includes(port))).toEqual([cloud.port]);
  });

  it('inside their networks the two brokers listen, and nobody else: health and metrics keep to loopback', async () => {
    const found = await Promise.all(site().containers.map(async (name) => [name, await listeningPorts(name)] as const));
    const nobody = Object.fromEntries(site().containers.map((name) => [name, []]));
    const brokers = { [site().edge.container('broker')]: [1883], [CLOUD_BROKER]: [8883] };
    expect(Object.fromEntries(found)).toEqual({ ...nobody, ...brokers });
  });
}
