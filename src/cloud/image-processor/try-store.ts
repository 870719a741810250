import type { SelfTestReport } from '../../contract/self-test.ts';
import { sha256Hex } from '../../contract/sha256.ts';
import type { ObjectFacts, Store } from './stores/store.ts';
import { StoreError } from './stores/store-error.ts';

/** What a test of the store found out. */
export type RoundTrip = Omit<SelfTestReport, 'at'>;

export interface TestObject {
  /** Below `doctor/`. */
  readonly key: string;
  readonly bytes: Buffer;
  readonly facts: ObjectFacts;
}

/**
 * One object all the way: written, given back the same, removed. A store that keeps what it should remove has still passed; the object
 * that it keeps is reported.
 * @throws StoreError, StoreConflictError as Store.put
 */
export async function tryStore(store: Store, object: TestObject, signal: AbortSignal): Promise<RoundTrip> {
  const { key, bytes, facts } = object;
  const [, putMs] = await timed(() => store.put(key, bytes, facts, signal));
  const [there, readMs] = await timed(() => store.read(key, signal));
  if (!there || sha256Hex(there) !== facts.sha256) {
    const got = there ? `${there.length} other bytes` : 'nothing';
    throw new StoreError(
      `Expected the store to give back the ${bytes.length} bytes of ${key}, got ${got}`,
      'not-the-same',
    );
  }
  const [left, removeMs] = await timed(() => removed(store, key, signal));
  return { putMs, readMs, removeMs, ...(left === undefined ? {} : { left: { key, why: left.slice(0, 500) } }) };
}

/** Why it could not be removed; undefined when it was. */
async function removed(store: Store, key: string, signal: AbortSignal): Promise<string | undefined> {
  try {
    await store.removeTest(key, signal);
    return undefined;
  } catch (error) {
    if (signal.aborted || !(error instanceof StoreError)) throw error;
    return error.message;
  }
}

async function timed<Result>(work: () => Promise<Result>): Promise<readonly [Result, number]> {
  const startedAtMs = performance.now();
  const result = await work();
  return [result, Math.round((performance.now() - startedAtMs) * 100) / 100];
}
