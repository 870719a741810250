import { StoreError } from './store-error.ts';

/**
 * Runs work that is cut off after a time or by the caller. It rejects at that moment even when the work itself can't be
 * stopped (a hung network file system): what it still does in the background must be harmless.
 * @throws StoreError `timeout`, or the signal's reason.
 */
export async function withDeadline<Result>(
  timeoutMs: number,
  work: (signal: AbortSignal) => Promise<Result>,
  signal?: AbortSignal,
): Promise<Result> {
  signal?.throwIfAborted();
  const controller = new AbortController();
  const { promise: cut, reject } = Promise.withResolvers<never>();
  controller.signal.addEventListener('abort', () => reject(controller.signal.reason), { once: true });
  const forward = () => controller.abort(signal?.reason);
  signal?.addEventListener('abort', forward, { once: true });
  const timer = setTimeout(() => {
    controller.abort(
      new StoreError(`Expected the store to answer within ${timeoutMs / 1000} s, got nothing`, 'timeout'),
    );
  }, timeoutMs);
  try {
    return await Promise.race([work(controller.signal), cut]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', forward);
  }
}
