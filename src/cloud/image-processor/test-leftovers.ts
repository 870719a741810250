import { captureIdTime, isCaptureId } from '../../contract/capture-id.ts';
import { SELF_TEST_KEYS, selfTestKeyId } from '../../contract/self-test.ts';
import type { Store } from './stores/store.ts';
import type { StoreListing } from './stores/store-listing.ts';

/** No test lasts so long: its processor died between writing and removing, and its sender did not send it again. */
const LEFTOVER_AGE_MS = 3_600_000;

/**
 * Removes test images that somebody left in the store.
 * @returns their keys
 * @throws StoreError; to list needs a right that writing does not.
 */
export async function removeTestLeftovers(store: Store, listing: StoreListing, now: Date): Promise<readonly string[]> {
  const removed: string[] = [];
  for await (const { key } of listing.list(SELF_TEST_KEYS)) {
    const id = selfTestKeyId(key);
    if (id === undefined || !isCaptureId(id)) continue;
    if (now.getTime() - captureIdTime(id).getTime() < LEFTOVER_AGE_MS) continue;
    await store.removeTest(key);
    removed.push(key);
  }
  return removed;
}
