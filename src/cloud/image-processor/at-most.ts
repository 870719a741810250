import { pause } from '../../platform/backoff.ts';

/** Waits for the work, but not longer than this; leaves no timer behind. */
export async function atMost(timeoutMs: number, work: Promise<unknown>): Promise<void> {
  const settled = new AbortController();
  try {
    await Promise.race([work, pause(timeoutMs, settled.signal)]);
  } finally {
    settled.abort();
  }
}
