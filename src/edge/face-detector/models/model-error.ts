import { EXIT_CODES, type ExitCode } from '../../../platform/exit-codes.ts';
import { SightlineError } from '../../../platform/sightline-error.ts';

export type ModelErrorCode =
  | 'package-missing'
  | 'runtime-failed'
  | 'provider-missing'
  | 'model-missing'
  | 'hash-mismatch'
  | 'download-failed'
  | 'write-failed'
  | 'bad-image';

const EXIT_CODE: Record<ModelErrorCode, ExitCode> = {
  'package-missing': EXIT_CODES.missingPart,
  'runtime-failed': EXIT_CODES.missingPart,
  'provider-missing': EXIT_CODES.missingPart,
  'model-missing': EXIT_CODES.missingPart,
  'hash-mismatch': EXIT_CODES.missingPart,
  'download-failed': EXIT_CODES.environment,
  'write-failed': EXIT_CODES.environment,
  'bad-image': EXIT_CODES.failure,
};

/** A face model cannot be had, trusted or fed. */
export class ModelError extends SightlineError {
  override readonly name = 'ModelError';
  readonly code: ModelErrorCode;

  constructor(code: ModelErrorCode, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, { ...options, exitCode: EXIT_CODE[code] });
    this.code = code;
  }
}
