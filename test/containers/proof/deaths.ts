import { expect, it } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { stateOf } from '../docker.ts';
import { progress } from '../progress.ts';
import type { Site } from '../site/site.ts';

/** SIGKILL to the first process of each container: unlike `docker kill`, this is a death that the restart policy answers. */
export function deaths(site: () => Site): void {
  it('each container is killed while captures flow, comes back by itself, and nothing is lost or doubled', async () => {
    for (const name of site().containers) {
      progress(`killing ${name}`);
      await site().untilFacesArrive(1);
      const before = await stateOf(name);
      process.kill(before.pid, 'SIGKILL');
      const after = await eventually(
        () => stateOf(name),
        ({ isRunning, startedAt }) => isRunning && startedAt !== before.startedAt,
        60_000,
      );
      expect({ name, restarts: after.restarts }).toEqual({ name, restarts: before.restarts + 1 });
      await site().untilFacesArrive(2);
    }
    await site().untilAllIsStored();
  });
}
