import type { Config } from './config/schema.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';

/** One reason why a service may not be ready. */
export interface Readiness {
  readonly name: string;
  readonly ok: boolean;
  /** For people: what is wrong, or what is there. No credentials. */
  readonly detail?: string;
}

/** What every service is given: nothing is looked up from anywhere else. */
export interface ServiceContext {
  readonly config: Config;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** A box of the picture. Constructing one does nothing; start() acquires and stop() releases, in reverse order. */
export interface Service {
  readonly name: string;
  /** Resolves once it works or is on its way to work by itself (a broker that isn't there yet is not an error). */
  start(): Promise<void>;
  /** Finishes what is under way, bounded by the caller's deadline, and leaves nothing behind. */
  stop(): Promise<void>;
  readiness(): readonly Readiness[];
}
