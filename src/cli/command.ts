import type { ExitCode } from '../platform/exit-codes.ts';

/** Where a command's results and words go: results to standard output, the rest to standard error. */
export interface CommandIo {
  readonly stdout: (text: string) => void;
  /** To standard output, where it matters that it arrives: rejects when it is not taken, as by a full disk or a pipe that nobody reads. */
  readonly deliver: (text: string) => Promise<void>;
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
