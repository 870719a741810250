import { afterEach } from 'vitest';
import type { Settlement, SpoolSettings } from '../../src/platform/spool/protocol.ts';
import { Spool, type SpoolEvents } from '../../src/platform/spool/spool.ts';
import { temporaryFolder } from './folder.ts';
import { SPOOL_SETTINGS } from './spool-captures.ts';

/** Folders and spools for the tests of a file, closed and removed after each; call it once, outside describe. */
export function spoolSite() {
  const cleanups: (() => unknown)[] = [];
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  });

  function folder(): string {
    const { path, remove } = temporaryFolder();
    cleanups.push(remove);
    return path;
  }

  /** Opens a spool, in a folder of its own unless one is given. */
  async function open(settings: Partial<SpoolSettings> = {}, events: SpoolEvents = {}): Promise<Spool> {
    const spool = new Spool({ folder: settings.folder ?? folder(), ...SPOOL_SETTINGS, ...settings }, events);
    await spool.start();
    cleanups.push(() => spool.stop());
    return spool;
  }

  return { folder, open };
}

/** Whether it changed anything. */
export async function settle(spool: Spool, settlement: Settlement): Promise<boolean | undefined> {
  const [changed] = await spool.settle([settlement]);
  return changed;
}
