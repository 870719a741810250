import { expect, it } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { logsOf, stateOf } from '../docker.ts';
import { DEVICE } from '../site/edge-side.ts';
import type { Site } from '../site/site.ts';

export function firstFaces(site: () => Site): void {
  it('a face from a folder of photographs and one from a video end in the bucket, each once', async () => {
    const { bucket } = site();
    await eventually(
      async () => new Set((await bucket.captures()).map(({ camera }) => camera)),
      (cameras) => cameras.has('door') && cameras.has('hall'),
      120_000,
    );
    const stored = await bucket.captures();
    expect(new Set(stored.map(({ device }) => device))).toEqual(new Set([DEVICE]));
    expect(stored.every(({ key }) => key.startsWith('site/device='))).toBe(true);
    await site().untilAllIsStored();
  });

  it('every container turns healthy by its HEALTHCHECK', async () => {
    for (const name of site().containers) {
      await eventually(
        () => stateOf(name),
        ({ health }) => health === 'healthy',
        120_000,
      );
    }
  });

  it('the message-logger has a line for each capture that went by', async () => {
    const log = await logsOf(site().edge.container('message-logger'));
    const ids = [...site().watch.seen.keys()].slice(0, 3);
    expect(ids.length).toBeGreaterThan(0);
    for (const id of ids) expect(log).toContain(id);
  });
}
