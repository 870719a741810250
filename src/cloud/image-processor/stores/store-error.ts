export interface StoreErrorOptions {
  /** HTTP status, where there was an answer. */
  readonly status?: number;
  readonly cause?: unknown;
}

/** The environment's fault, never the object's: hold the object, try again, say so. The message is for people. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  /** A short word for metrics: a system error code, the provider's code, or `timeout`. */
  readonly code: string;
  readonly status: number | undefined;

  constructor(message: string, code: string, { status, cause }: StoreErrorOptions = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = /^[\w-]{1,40}$/.test(code) ? code : 'other';
    this.status = status;
  }
}

/** Other bytes are under this key already. */
export class StoreConflictError extends Error {
  override readonly name = 'StoreConflictError';

  constructor(key: string) {
    super(`Expected no object or the same bytes under ${key}, got other bytes`);
  }
}
