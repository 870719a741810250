/** What is known of the bytes that are put. */
export interface ObjectFacts {
  /** SHA-256 of the bytes, 64 lower-case hexadecimal digits. */
  readonly sha256: string;
  /** Media type; kept where the store has a place for it. */
  readonly contentType: string;
}

export type PutResult = 'created' | 'exists';

/**
 * Where objects end. Any number of processes may write to one store at once: under a key the first bytes stay for ever.
 * Faults of the store or of the way to it are StoreErrors and are worth another try.
 */
export interface Store {
  /** Where it is, for people; no credentials. */
  readonly address: string;
  /** @throws SightlineError for what only a person can mend. A store behind a network that is away is no such thing. */
  start(): Promise<void>;
  /** Resolves when an object could be written right now. @throws StoreError */
  probe(signal?: AbortSignal): Promise<void>;
  /**
   * Creates the object if there is none under the key; resolves once it is durable. `exists`: the same bytes are there already,
   * and durable.
   * @throws StoreConflictError when other bytes are under the key; they stay untouched.
   * @throws StoreError when it could not be done, or whether it was is unknown; putting again is always safe.
   */
  put(key: string, bytes: Buffer, facts: ObjectFacts, signal?: AbortSignal): Promise<PutResult>;
  /** The object's bytes as they are in the store now, or undefined when there is none. @throws StoreError */
  read(key: string, signal?: AbortSignal): Promise<Buffer | undefined>;
  /**
   * Removes a test image; it is fine when there is none. Nothing else can be removed from here.
   * @throws RangeError for a key that is not below `doctor/`.
   * @throws StoreError when it could not be done; the object may be there or not.
   */
  removeTest(key: string, signal?: AbortSignal): Promise<void>;
  stop(): Promise<void>;
}
