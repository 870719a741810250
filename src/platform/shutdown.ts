import { EXIT_CODES, type ExitCode } from './exit-codes.ts';

const PARENT_CHECK_MS = 200;

/** A terminal's Ctrl-C reaches us from the terminal and again through npm and npx: within this time they are one. */
const ECHO_MS = 500;

export interface Shutdown {
  /** Aborted once by the first SIGINT or SIGTERM, or when the process that started us is gone. */
  readonly signal: AbortSignal;
  dispose(): void;
}

/**
 * Turns signals into an AbortSignal. A second one, later than an echo of the first, calls `endAtOnce`.
 * `endsWithParent`: the death of the process that started us counts as a signal. npm, killed, tells its children nothing.
 */
export function listenForShutdown(endAtOnce: (code: ExitCode) => void, { endsWithParent = false } = {}): Shutdown {
  const controller = new AbortController();
  let firstAt = 0;
  const ask = (code: ExitCode) => {
    if (!controller.signal.aborted) {
      firstAt = performance.now();
      controller.abort();
    } else if (performance.now() - firstAt > ECHO_MS) {
      endAtOnce(code);
    }
  };
  const listeners = {
    SIGINT: () => ask(EXIT_CODES.interrupted),
    SIGTERM: () => ask(EXIT_CODES.terminated),
    // A closed terminal, and the launcher that was killed: end as if asked to.
    SIGHUP: () => ask(EXIT_CODES.terminated),
    disconnect: () => controller.abort(),
  };
  for (const [event, listener] of Object.entries(listeners)) process.on(event, listener);
  const parent = process.ppid;
  const watch = setInterval(() => process.ppid !== parent && controller.abort(), PARENT_CHECK_MS).unref();
  if (!endsWithParent) clearInterval(watch);
  return {
    signal: controller.signal,
    dispose() {
      clearInterval(watch);
      for (const [event, listener] of Object.entries(listeners)) process.off(event, listener);
    },
  };
}
