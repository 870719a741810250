/** Every way a sightline command can end. `docs/operating.md` shows this table. */
export const EXIT_CODES = {
  ok: 0,
  /** Something that should not happen: a defect, or a part that died without a reason we know. */
  failure: 1,
  /** The command line or the configuration can't be used: nothing was started. */
  usage: 2,
  /** A part that this machine lacks: ffmpeg, a model, an optional package, a broken installation. */
  missingPart: 3,
  /** The environment says no: a port is taken, a folder can't be written, a source isn't there. */
  environment: 4,
  /** `--once` ended and custody did not balance, or a check (`health`, `doctor`, `audit`, `fleet`, …) found something wrong. */
  unbalanced: 5,
  /** A second SIGINT or SIGTERM ended it at once (128 + signal number, as shells have it). */
  interrupted: 130,
  terminated: 143,
} as const;

export type ExitCode = (typeof EXIT_CODES)[keyof typeof EXIT_CODES];
