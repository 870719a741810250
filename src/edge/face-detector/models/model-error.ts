export type ModelErrorCode =
  | 'package-missing'
  | 'runtime-failed'
  | 'model-missing'
  | 'hash-mismatch'
  | 'download-failed'
  | 'bad-image';

/** A face model cannot be had, trusted or fed. The message says what was expected, what was found and what to do. */
export class ModelError extends Error {
  readonly code: ModelErrorCode;

  constructor(code: ModelErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ModelError';
    this.code = code;
  }
}
