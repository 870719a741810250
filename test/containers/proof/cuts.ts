import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { docker } from '../docker.ts';
import { CLOUD_BROKER, CLOUD_NETWORK } from '../site/cloud-side.ts';
import { INSIDE, OUTSIDE } from '../site/edge-side.ts';
import type { Site } from '../site/site.ts';

/** The network goes, captures pile up, it comes back: no container is restarted for it. */
export function cuts(site: () => Site): void {
  /** Cuts while captures come in, and mends. */
  const cut = async (cutting: () => Promise<unknown>, mending: () => Promise<unknown>) => {
    const starts = await site().starts();
    await site().untilFacesArrive(1);
    await cutting();
    // What was under way may still arrive; after that nothing does.
    await sleep(2_000);
    const stored = (await site().bucket.keys()).length;
    await sleep(5_000);
    expect((await site().bucket.keys()).length).toBe(stored);
    await mending();
    await site().untilFacesArrive();
    await site().untilAllIsStored();
    expect(await site().starts()).toEqual(starts);
  };

  it('the cloud broker leaves its network and comes back: what piled up on the device arrives', async () => {
    const seenBefore = site().watch.seen.size;
    await cut(
      () => docker('network', 'disconnect', CLOUD_NETWORK, CLOUD_BROKER),
      async () => {
        await eventually(
          () => site().watch.seen.size,
          (size) => size > seenBefore,
          60_000,
        );
        await docker('network', 'connect', CLOUD_NETWORK, CLOUD_BROKER);
      },
    );
  });

  for (const { network, where } of [
    { network: OUTSIDE, where: 'the spool' },
    { network: INSIDE, where: 'the outbox' },
  ]) {
    it(`the forwarder leaves the network ${network} and comes back: what piled up in ${where} arrives`, async () => {
      const forwarder = site().edge.container('forwarder');
      await cut(
        () => docker('network', 'disconnect', network, forwarder),
        () => docker('network', 'connect', network, forwarder),
      );
    });
  }

  it('the cloud broker stands still with all its connections, and goes on', async () => {
    await cut(
      () => docker('pause', CLOUD_BROKER),
      () => docker('unpause', CLOUD_BROKER),
    );
  });
}
