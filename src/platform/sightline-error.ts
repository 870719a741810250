import { EXIT_CODES, type ExitCode } from './exit-codes.ts';

export interface SightlineErrorOptions {
  /** What the person who runs it can do about it. */
  readonly hint?: string;
  readonly exitCode?: ExitCode;
  readonly cause?: unknown;
}

/** A fault that a person can do something about: its message says what was expected and found, its hint what to do. */
export class SightlineError extends Error {
  override readonly name: string = 'SightlineError';
  readonly hint: string | undefined;
  readonly exitCode: ExitCode;

  constructor(message: string, options: SightlineErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.hint = options.hint;
    this.exitCode = options.exitCode ?? EXIT_CODES.failure;
  }
}

/** Bad configuration or a bad command line: nothing was started. */
export class UsageError extends SightlineError {
  override readonly name = 'UsageError';

  constructor(message: string, hint?: string) {
    super(message, { exitCode: EXIT_CODES.usage, ...(hint === undefined ? {} : { hint }) });
  }
}

/** The system's own error code (`ENOENT`, `EADDRINUSE`), or undefined. */
export function systemErrorCode(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}

/** The message of anything that was thrown. */
export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
