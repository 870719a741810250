/** One object, as a listing shows it. */
export interface StoredObject {
  /** Below the store's prefix or folder. */
  readonly key: string;
  readonly bytes: number;
}

/** Reads what is in a store and changes nothing: it needs no right to write. Faults of the store are StoreErrors. */
export interface StoreListing {
  /** Where it is, for people; no credentials. */
  readonly address: string;
  /** @throws SightlineError for what only a person can mend. */
  start(): Promise<void>;
  /** Segments directly below a prefix that have something below them, in order. @param prefix '' or ending in `/` */
  folders(prefix: string, signal?: AbortSignal): Promise<readonly string[]>;
  /**
   * Objects whose keys begin with the prefix, in order of their keys, a page at a time; what the store keeps for itself is left out.
   * @param prefix '' or ending in `/`
   */
  list(prefix: string, signal?: AbortSignal): AsyncIterable<StoredObject>;
  /**
   * SHA-256 of an object: the one that was noted when it was put or, where none was or `isRead`, that of its bytes as they are now.
   * Undefined when there is no such object.
   */
  hash(key: string, isRead: boolean, signal?: AbortSignal): Promise<string | undefined>;
  stop(): Promise<void>;
}
