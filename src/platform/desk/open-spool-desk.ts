import type { SpoolStatus } from '../spool/protocol.ts';
import type { SpoolDesk } from './spool-desk.ts';

export interface OpenSpoolDeskOptions {
  readonly spool: Omit<SpoolDesk, 'status' | 'recount'> & {
    readonly status: SpoolStatus;
    recount(): Promise<SpoolStatus>;
  };
  /** What the service that holds the spool adds to its status. */
  readonly facts?: () => Readonly<Record<string, unknown>>;
  /** Called once these may be sent again. Returns how many more than those that the spool itself knew of. */
  readonly onRetried?: (ids: readonly string[]) => number;
  /** Calls `drop`, which gives these up, and sees to it that nothing of them goes on from memory: before it, during it or after. */
  readonly aroundDrop?: (ids: readonly string[], drop: () => Promise<number>) => Promise<number>;
}

/** The desk of a spool that this process has open. */
export function openSpoolDesk({ spool, facts, onRetried, aroundDrop }: OpenSpoolDeskOptions): SpoolDesk {
  const known = () => (facts ? { service: facts() } : {});
  return {
    status: async () => ({ ...spool.status, ...known() }),
    recount: async () => ({ ...(await spool.recount()), ...known() }),
    entries: (query) => spool.entries(query),
    hours: (scope) => spool.hours(scope),
    body: (id) => spool.body(id),
    retry: async (ids) => (await spool.retry(ids)) + (onRetried?.(ids) ?? 0),
    drop: (ids) => (aroundDrop ? aroundDrop(ids, () => spool.drop(ids)) : spool.drop(ids)),
    settle: (settlements) => spool.settle(settlements),
  };
}
