import type { ExitCode } from '../platform/exit-codes.ts';

/** Where a command's results and words go: results to standard output, the rest to standard error. */
export interface CommandIo {
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** Aborted by SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
}

/** One `sightline <name>`. */
export interface Command {
  readonly name: string;
  /** One line for `sightline help`. */
  readonly summary: string;
  /** What `sightline <name> --help` prints. */
  readonly help: string;
  /** @throws SightlineError for anything that a person can do something about. */
  run(args: readonly string[], io: CommandIo): Promise<ExitCode>;
}
