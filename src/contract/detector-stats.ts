import { z } from 'zod';
import { nameSchema } from './ledger.ts';
import { plainText } from './plain-text.ts';

/** What is read of a detector's stats; more is none of ours. */
const MAX_DETECTOR_STATS_BYTES = 64 * 1024;
const MAX_CAMERAS = 256;
/** Characters of a reason: a sentence. */
export const MAX_REASON_LENGTH = 120;
const MAX_SOFTWARE_LENGTH = 60;

export const softwareSchema = plainText(MAX_SOFTWARE_LENGTH);
export const reasonSchema = plainText(MAX_REASON_LENGTH);

const detectorStatsSchema = z.object({
  service: z.literal('face-detector'),
  software: softwareSchema.optional().catch(undefined),
  clockSynced: z.boolean().optional().catch(undefined),
  cameras: z
    .array(z.object({ id: nameSchema, state: plainText(20), reason: reasonSchema.optional().catch(undefined) }))
    .max(MAX_CAMERAS),
});

/** What a forwarder reads of what a face-detector tells on the edge broker: its cameras, and who it is. */
export type DetectorStats = z.infer<typeof detectorStatsSchema>;

/** Undefined for anything else than a face-detector's stats; unknown keys are passed over. */
export function decodeDetectorStats(payload: Uint8Array): DetectorStats | undefined {
  if (payload.byteLength > MAX_DETECTOR_STATS_BYTES) return undefined;
  try {
    return detectorStatsSchema.safeParse(JSON.parse(Buffer.from(payload).toString('utf8'))).data;
  } catch {
    return undefined;
  }
}
