import { z } from 'zod';
import { isCaptureId } from './capture-id.ts';
import { MAX_RECEIPT_BYTES, MAX_RECEIPT_CAPTURES } from './limits.ts';
import { REFUSAL_REASONS } from './refusal.ts';
import { selfTestReportSchema } from './self-test.ts';
import { isSha256Hex } from './sha256.ts';

const schema = z.object({
  state: z.enum(['held', 'stored', 'refused']),
  captures: z
    .array(z.tuple([z.string().refine(isCaptureId), z.string().refine(isSha256Hex)]))
    .min(1)
    .max(MAX_RECEIPT_CAPTURES),
  by: z.string().min(1).max(200),
  reason: z.enum(REFUSAL_REASONS).optional(),
  /** Of a test image. What can't be read of it is passed over: the verdict is what counts. */
  test: selfTestReportSchema.optional().catch(undefined),
});

/**
 * What a keeper says of captures that it has taken: `held` (committed to a spool and synced), `stored` (durable in the
 * store) or `refused`. It names bytes, not only ids: each capture is [id, SHA-256].
 */
export type Receipt = z.infer<typeof schema>;
export type ReceiptState = Receipt['state'];

export function encodeReceipt(receipt: Receipt): Buffer {
  return Buffer.from(JSON.stringify(receipt));
}

/** Reads a receipt from outside. Returns undefined for anything that is not one; unknown extra keys are passed over. */
export function decodeReceipt(payload: Uint8Array): Receipt | undefined {
  if (payload.byteLength > MAX_RECEIPT_BYTES) return undefined;
  try {
    const parsed = schema.safeParse(JSON.parse(Buffer.from(payload).toString('utf8')));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
