import { z } from 'zod';
import type { CaptureAddress } from './topics.ts';

/**
 * Camera of the test images that `sightline doctor` sends. They travel as any capture; the store keeps none of them: it is asked to
 * take one, to give it back and to forget it, and only then is it `stored`. Real cameras may not be called so.
 */
export const DOCTOR_CAMERA = 'doctor';

/** Where test images lie for the moment that they do: apart from what readers of `device=…` see. */
export const SELF_TEST_KEYS = 'doctor/';

export function isSelfTest({ camera }: Pick<CaptureAddress, 'camera'>): boolean {
  return camera === DOCTOR_CAMERA;
}

/** Key of a test image, from its topic alone. It names the id, whose time says how old a forgotten one is. */
export function selfTestKey({ device, id }: CaptureAddress): string {
  return `${SELF_TEST_KEYS}device=${device}/${id}`;
}

/** The id of the test image under a key, or undefined when it is no such key. */
export function selfTestKeyId(key: string): string | undefined {
  return /^doctor\/device=[^/]+\/([^/]+)$/.exec(key)?.[1];
}

const ms = z.number().min(0).max(86_400_000);

/** What an image-processor tells of a test, in the receipt of the test image. */
export const selfTestReportSchema = z.object({
  /** The processor's clock when the test was over. */
  at: z.iso.datetime({ precision: 3 }),
  /** How long the store took to write the object, to give it back and to remove it. */
  putMs: ms,
  readMs: ms,
  removeMs: ms,
  /** The object could not be removed: its key below the store's prefix, and why. */
  left: z.object({ key: z.string().max(900), why: z.string().max(500) }).optional(),
});

export type SelfTestReport = z.infer<typeof selfTestReportSchema>;
