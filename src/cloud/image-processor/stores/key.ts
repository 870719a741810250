import { SELF_TEST_KEYS } from '../../../contract/self-test.ts';

/** With a plus, since years beyond 9999 have one (`dt=+010889-08-02`): a clock gone mad must not make a capture that nobody can store. */
const SEGMENT = /^[A-Za-z0-9_=-][A-Za-z0-9._=+-]{0,199}$/;

/**
 * The last line of defence: whatever a caller built from a topic, no key leaves its store or reaches a store's own files.
 * @throws RangeError
 */
export function checkKey(key: string): void {
  if (key.length > 900 || !key.split('/').every((segment) => SEGMENT.test(segment))) {
    throw new RangeError(`Expected a key of plain segments, got ${JSON.stringify(key.slice(0, 200))}`);
  }
}

/**
 * The same for what is to be removed: faces never are, only test images.
 * @throws RangeError
 */
export function checkTestKey(key: string): void {
  checkKey(key);
  if (!key.startsWith(SELF_TEST_KEYS)) {
    throw new RangeError(`Expected the key of a test image, got ${JSON.stringify(key.slice(0, 200))}`);
  }
}
