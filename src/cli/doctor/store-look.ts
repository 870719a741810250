import { openListing } from '../../cloud/image-processor/stores/open-store.ts';
import { objectKey } from '../../contract/object-key.ts';
import { DOCTOR_CAMERA, selfTestKey } from '../../contract/self-test.ts';
import type { Config } from '../../platform/config/schema.ts';
import { errorMessage } from '../../platform/sightline-error.ts';
import type { TestImage } from './test-image.ts';

export interface StoreLook {
  readonly address: string;
  /** Keys under which the test image is still there. */
  readonly left: readonly string[];
  /** Why it could not be looked at. */
  readonly fault?: string;
}

/** Looks whether a test image is gone from the store, with doctor's own eyes. Never throws. */
export async function lookIntoStore(store: Config['store'], image: TestImage, signal: AbortSignal): Promise<StoreLook> {
  const listing = await openListing(store, 1);
  const { address } = listing;
  const place = { device: image.device, camera: DOCTOR_CAMERA, id: image.id };
  const left: string[] = [];
  try {
    await listing.start();
    // The second is where a processor that knows no test images puts it.
    for (const key of [selfTestKey(place), objectKey(place, 'png')]) {
      if ((await listing.hash(key, false, signal)) !== undefined) left.push(key);
    }
    return { address, left };
  } catch (error) {
    return { address, left, fault: errorMessage(error) };
  } finally {
    await listing.stop();
  }
}
