import { readFileSync } from 'node:fs';
import { parseCpuLine, timesOf } from './process-status.ts';

/**
 * Watches how many cores others keep busy while something is measured: figures in seconds of wall time suffer from it, ratios
 * of processor time hardly do. What this process's children use counts as ours once they have ended.
 *
 * @returns the average number of foreign cores since the call.
 */
export function watchForeignLoad(): () => number {
  const before = look();
  return () => {
    const after = look();
    return (
      Math.max(0, after.busySeconds - before.busySeconds - (after.ownSeconds - before.ownSeconds)) /
      (after.atSeconds - before.atSeconds)
    );
  };
}

function look() {
  const { ownSeconds, endedChildrenSeconds } = timesOf('self');
  return {
    atSeconds: performance.now() / 1000,
    busySeconds: parseCpuLine(readFileSync('/proc/stat', 'utf8')),
    ownSeconds: ownSeconds + endedChildrenSeconds,
  };
}
