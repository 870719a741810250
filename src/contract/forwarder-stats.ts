import { z } from 'zod';
import { reasonSchema, softwareSchema } from './detector-stats.ts';
import { LEDGER_STATES, nameSchema } from './ledger.ts';

/** Version of a forwarder's stats. Keys are added, never changed; a reader passes over those that it does not know. */
export const STATS_VERSION = 1;
/** What a forwarder tells at most: lines may be metered. */
export const MAX_STATS_BYTES = 4096;
/** What a reader of stats looks at: a later version may have more to tell. */
const MAX_READ_BYTES = 64 * 1024;
const MAX_CAMERAS = 1024;

/** `away`: no detector has told of it for a while. `ended`: a file that was played to its end. */
export const CAMERA_STATES = ['up', 'down', 'off', 'ended', 'away'] as const;
export type CameraState = (typeof CAMERA_STATES)[number];

const count = z.int().min(0).optional().catch(undefined);
const instant = z.iso.datetime().optional().catch(undefined);

const cameraSchema = z.object({
  id: nameSchema,
  state: z.enum(CAMERA_STATES).catch('down'),
  /** Why it is not up. */
  reason: reasonSchema.optional().catch(undefined),
  /** Left out: the device that tells. */
  device: nameSchema.optional(),
  /** Of its detector; left out: the same as the forwarder's. */
  software: softwareSchema.optional().catch(undefined),
});
export type CameraReport = z.infer<typeof cameraSchema>;

/** One strange value hides nothing of the rest: it counts as not told. */
export const forwarderStatsSchema = z.object({
  service: z.literal('forwarder'),
  /** When this was told, by the device's clock. */
  at: z.iso.datetime(),
  version: z.int().min(1).optional().catch(undefined),
  software: softwareSchema.optional().catch(undefined),
  startedAt: instant,
  counts: z.partialRecord(z.enum(LEDGER_STATES), z.int().min(0)).optional().catch(undefined),
  captured: count,
  gap: z
    .union([z.int(), z.literal('unknown')])
    .optional()
    .catch(undefined),
  unkept: count,
  pendingBytes: count,
  usedBytes: count,
  quarantineBytes: count,
  freeBytes: count,
  oldestArrivedAtMs: z.number().min(0).nullable().optional().catch(undefined),
  isDiskFull: z.boolean().optional().catch(undefined),
  suspects: count,
  oversize: count,
  /** When the count of evicted or refused captures last grew, since the forwarder was started. */
  lastEvictedAt: instant,
  lastRefusedAt: instant,
  /** The end of its own certificate for the cloud broker. */
  certificateEndsAt: instant,
  /** False: a detector there says that the machine's clock is not set. */
  clockSynced: z.boolean().optional().catch(undefined),
  /** True: by its status a detector was there and is gone, and nothing is known of its cameras. */
  detectorAway: z.boolean().optional().catch(undefined),
  cameras: z.array(cameraSchema).max(MAX_CAMERAS).optional().catch(undefined),
  /** How many cameras did not fit, the well ones first. */
  camerasLeftOut: count,
});

/** What a forwarder tells of itself and its device on the cloud broker, retained. */
export type ForwarderStats = z.infer<typeof forwarderStatsSchema>;

/** Undefined for anything else than a forwarder's stats. */
export function decodeForwarderStats(payload: Uint8Array): ForwarderStats | undefined {
  if (payload.byteLength > MAX_READ_BYTES) return undefined;
  try {
    return forwarderStatsSchema.safeParse(JSON.parse(Buffer.from(payload).toString('utf8'))).data;
  } catch {
    return undefined;
  }
}

/**
 * Leaves out cameras until it fits into MAX_STATS_BYTES: those that are well first, as those that are not are what is looked for.
 * @param room Bytes that are still to be added.
 */
export function fitStats<Stats extends { readonly cameras: readonly CameraReport[] }>(
  stats: Stats,
  room = 0,
): Stats & { camerasLeftOut?: number } {
  const isWell = ({ state }: CameraReport) => state !== 'down' && state !== 'away';
  const ordered = [...stats.cameras.filter((camera) => !isWell(camera)), ...stats.cameras.filter(isWell)];
  const bare = { ...stats, cameras: [], camerasLeftOut: MAX_CAMERAS };
  let left = MAX_STATS_BYTES - room - Buffer.byteLength(JSON.stringify(bare));
  const kept = new Set<CameraReport>();
  for (const camera of ordered) {
    left -= Buffer.byteLength(JSON.stringify(camera)) + 1;
    if (left < 0) break;
    kept.add(camera);
  }
  const cameras = stats.cameras.filter((camera) => kept.has(camera));
  const camerasLeftOut = stats.cameras.length - cameras.length;
  return camerasLeftOut === 0 ? stats : { ...stats, cameras, camerasLeftOut };
}
