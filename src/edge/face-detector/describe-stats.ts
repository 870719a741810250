import { SOFTWARE } from '../../platform/version.ts';
import type { Camera } from './camera.ts';
import { isClockSynced } from './clock-sync.ts';
import type { Keeper } from './outbox/keeper.ts';
import type { Outbox } from './outbox/outbox.ts';

/** What a face-detector tells of itself on the edge broker every 10 s; the forwarder passes a short form of it on. */
export function describeStats(counts: object, keeper: Keeper, outbox: Outbox, cameras: readonly Camera[]): object {
  const { status, oldestAgeSeconds, tooLarge } = outbox;
  return {
    version: 1,
    service: 'face-detector',
    software: SOFTWARE,
    clockSynced: isClockSynced(Date.now()),
    ...counts,
    outbox: {
      type: keeper.type,
      bytes: status.bytes,
      oldestAgeSeconds: Math.round(oldestAgeSeconds),
      tooLarge,
      gap: status.gap,
    },
    cameras: cameras.map(describeCamera),
  };
}

function describeCamera({ id, status, framesSeen: frames }: Camera): object {
  const { state, restarts, error } = status;
  // What went wrong last is kept until something else does.
  const isWell = state === 'streaming' || state === 'ended' || error === undefined;
  return { id, state, frames, restarts, ...(isWell ? {} : { reason: error }) };
}
