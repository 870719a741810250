import { X509Certificate } from 'node:crypto';
import { readFile, statfs } from 'node:fs/promises';
import { fitStats, STATS_VERSION } from '../../contract/forwarder-stats.ts';
import type { SpoolStatus } from '../../platform/spool/protocol.ts';
import { SOFTWARE } from '../../platform/version.ts';
import type { CameraBoard } from './camera-board.ts';

/** What Presence adds: `"at":"2026-11-21T17:06:50.334Z",`. */
const AT_BYTES = 32;
/** Captures wait in passing all the time; beyond this something holds them up. */
const WAITING_MS = 60_000;

export interface DeviceStatsOptions {
  readonly spoolPath: string;
  /** PEM file of our certificate for the cloud broker. */
  readonly certificate: string | undefined;
  readonly board: CameraBoard;
  readonly status: () => SpoolStatus;
  readonly suspects: () => number;
  readonly oversize: () => number;
  readonly now?: () => Date;
}

export type DeviceStats = Awaited<ReturnType<DeviceStatsTeller['tell']>>;

/** What a forwarder tells the cloud of itself, its spool and the cameras behind it. */
export class DeviceStatsTeller {
  readonly #options: DeviceStatsOptions;
  readonly #now: () => Date;
  readonly #last: Record<'evicted' | 'refused', { count: number; grewAt?: string }> = {
    evicted: { count: 0 },
    refused: { count: 0 },
  };
  #startedAt = '';

  constructor(options: DeviceStatsOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => new Date());
  }

  /** Call once the spool is open: what it had lost by then is not of today. */
  start(): void {
    this.#startedAt = this.#now().toISOString();
    const { evicted, refused } = this.#options.status().counts;
    this.#last.evicted.count = evicted;
    this.#last.refused.count = refused;
  }

  async tell() {
    const { board, status: statusNow, suspects, oversize, spoolPath, certificate } = this.#options;
    const status = statusNow();
    const [freeBytes, certificateEndsAt] = await Promise.all([freeBytesOf(spoolPath), endOf(certificate)]);
    const lastEvictedAt = this.#lastGrowth('evicted', status);
    const lastRefusedAt = this.#lastGrowth('refused', status);
    return fitStats(
      {
        version: STATS_VERSION,
        service: 'forwarder',
        software: SOFTWARE,
        startedAt: this.#startedAt,
        ...status,
        suspects: suspects(),
        oversize: oversize(),
        ...(freeBytes === undefined ? {} : { freeBytes }),
        ...(lastEvictedAt === undefined ? {} : { lastEvictedAt }),
        ...(lastRefusedAt === undefined ? {} : { lastRefusedAt }),
        ...(certificateEndsAt === undefined ? {} : { certificateEndsAt }),
        ...(board.isClockSynced ? {} : { clockSynced: false }),
        ...(board.isDetectorAway ? { detectorAway: true } : {}),
        cameras: board.cameras(),
      },
      AT_BYTES,
    );
  }

  #lastGrowth(state: 'evicted' | 'refused', { counts }: SpoolStatus): string | undefined {
    const last = this.#last[state];
    // A salvaged index counts anew.
    if (counts[state] > last.count) last.grewAt = this.#now().toISOString();
    last.count = counts[state];
    return last.grewAt;
  }
}

/** What of the stats somebody would act on; the rest changes with every capture, and can wait a minute. */
export function newsOf(stats: DeviceStats, nowMs = Date.now()): unknown {
  const { counts, gap, isDiskFull, suspects, oversize, software, clockSynced, detectorAway, certificateEndsAt } = stats;
  const { oldestArrivedAtMs } = stats;
  const isWaiting = oldestArrivedAtMs !== null && nowMs - oldestArrivedAtMs > WAITING_MS;
  // A reason that only counts on says nothing new.
  const cameras = stats.cameras.map(({ device, id, state, reason }) => [
    device,
    id,
    state,
    reason?.replace(/\d+/g, ''),
  ]);
  const troubles = [counts.evicted, counts.refused, gap, isDiskFull, suspects, oversize, clockSynced, detectorAway];
  return [isWaiting, ...troubles, software, certificateEndsAt, cameras];
}

async function freeBytesOf(folder: string): Promise<number | undefined> {
  return statfs(folder).then(
    ({ bavail, bsize }) => bavail * bsize,
    () => undefined,
  );
}

/** Read each time: it may have been renewed. One that can't be read is told by the link that needs it. */
async function endOf(path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined;
  try {
    return new X509Certificate(await readFile(path)).validToDate.toISOString();
  } catch {
    return undefined;
  }
}
