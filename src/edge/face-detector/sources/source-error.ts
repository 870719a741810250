import { EXIT_CODES } from '../../../platform/exit-codes.ts';
import { SightlineError } from '../../../platform/sightline-error.ts';

export type SourceErrorCode =
  | 'source-missing'
  | 'source-unreadable'
  | 'source-scheme-unknown'
  | 'source-empty'
  | 'source-not-video'
  | 'source-too-large'
  | 'source-interrupted'
  | 'source-used-twice'
  | 'ffmpeg-missing'
  | 'ffmpeg-too-old'
  | 'sample-missing'
  | 'camera-refused-login'
  | 'camera-forbidden'
  | 'camera-path-unknown'
  | 'camera-unreachable'
  | 'camera-busy'
  | 'camera-missing'
  | 'camera-silent'
  | 'camera-closed'
  | 'camera-failed';

export interface SourceErrorOptions {
  readonly hint?: string | undefined;
  /** True when trying again later, with nothing changed here, can succeed. */
  readonly retryable?: boolean;
  readonly cause?: unknown;
}

const MISSING_PARTS: ReadonlySet<SourceErrorCode> = new Set(['ffmpeg-missing', 'ffmpeg-too-old', 'sample-missing']);

/** A source of frames that cannot be used: the message says what was expected and found. Never holds credentials. */
export class SourceError extends SightlineError {
  override readonly name = 'SourceError';
  readonly code: SourceErrorCode;
  readonly retryable: boolean;

  constructor(code: SourceErrorCode, message: string, { hint, retryable = false, cause }: SourceErrorOptions = {}) {
    super(message, {
      ...(hint === undefined ? {} : { hint }),
      ...(cause === undefined ? {} : { cause }),
      exitCode: MISSING_PARTS.has(code) ? EXIT_CODES.missingPart : EXIT_CODES.environment,
    });
    this.code = code;
    this.retryable = retryable;
  }
}
