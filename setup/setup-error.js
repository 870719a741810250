/** What the user can act on: shown without a stack trace. */
export class SetupError extends Error {
  /** @override */
  name = 'SetupError';
  /** 3 is "a part that this machine lacks" in src/platform/exit-codes.ts, 2 a wrong command line. */
  exitCode = 3;

  /**
   * @param {string} message
   * @param {number} [exitCode]
   */
  constructor(message, exitCode = 3) {
    super(message);
    this.exitCode = exitCode;
  }
}
