import { existsSync } from 'node:fs';

/** Before this the clock was certainly never set: the code is younger. */
const OLDEST_PLAUSIBLE_MS = Date.UTC(2026, 0, 1);

/** Is this machine's clock known to be set? systemd-timesyncd leaves a file once it is; elsewhere a plausible date must do. */
export function isClockSynced(nowMs: number, exists: (path: string) => boolean = existsSync): boolean {
  if (nowMs < OLDEST_PLAUSIBLE_MS) return false;
  return !exists('/run/systemd/timesync') || exists('/run/systemd/timesync/synchronized');
}
