import { flushCompileCache } from 'node:module';
import { HealthServer } from './platform/health-server.ts';
import type { Log } from './platform/log.ts';
import type { Metrics } from './platform/metrics.ts';
import type { Service } from './platform/service.ts';
import { errorMessage } from './platform/sightline-error.ts';

/** A shutdown must be over within 10 s; what is not by then is cut off. */
const STOP_DEADLINE_MS = 9_500;

export interface RunOptions {
  /** What runs already and is stopped by the caller: it is asked for its readiness alone. */
  readonly running?: readonly Service[];
  /** In the order in which they start; they stop in reverse. */
  readonly services: readonly Service[];
  readonly http: { readonly host: string; readonly port: number; readonly orAny?: boolean };
  readonly metrics: Metrics;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Called once all run; the run is over when it resolves or the signal is aborted. */
  readonly until?: (health: HealthServer) => Promise<void>;
}

/** Starts services and their health server, waits, and stops them, also when one of them could not start. */
export async function runServices({
  running = [],
  services,
  http,
  metrics,
  log,
  signal,
  until,
}: RunOptions): Promise<void> {
  const health = new HealthServer({ ...http, services: [...running, ...services], metrics });
  const started: { stop(): Promise<void>; name?: string }[] = [];
  try {
    await health.start();
    started.push(health);
    for (const service of services) {
      if (signal.aborted) break;
      // Counted before it has started: a start that fails half-way has something to release too.
      started.push(service);
      await service.start();
    }
    // Node writes what it compiled only when it ends, and services rather lose their power than end.
    flushCompileCache();
    await Promise.race([aborted(signal), ...(until ? [until(health)] : [])]);
  } finally {
    await stopAll(started.reverse(), log);
  }
}

async function stopAll(parts: readonly { stop(): Promise<void>; name?: string }[], log: Log): Promise<void> {
  const deadline = AbortSignal.timeout(STOP_DEADLINE_MS);
  for (const part of parts) {
    const stopping = part
      .stop()
      .catch((error: unknown) =>
        log.error({ service: part.name, reason: errorMessage(error) }, 'service did not stop cleanly'),
      );
    await Promise.race([stopping, aborted(deadline)]);
    if (deadline.aborted) log.error({ service: part.name }, 'shutdown took too long and is cut off');
    if (deadline.aborted) return;
  }
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
}
