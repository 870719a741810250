import type { ForwarderService } from '../edge/forwarder/service.ts';
import { pause } from '../platform/backoff.ts';
import type { Service } from '../platform/service.ts';
import type { StateCounts } from '../platform/spool/protocol.ts';

/** After the camera has stopped, what it captured gets so long to reach the store before the rest stops as well. */
const FAREWELL_MS = 2_500;
const LOOK_EVERY_MS = 20;

/** Resolves when the spool holds nothing any more, or the signal is aborted. */
export async function drained(forwarder: Pick<ForwarderService, 'status'>, signal: AbortSignal): Promise<void> {
  while (forwarder.status().counts.pending > 0 && !signal.aborted) await pause(LOOK_EVERY_MS, signal);
}

/** Stands between forwarder and camera in the order of starting: notes how custody stood before, and lets it settle before the forwarder goes. */
export class Drain implements Service {
  readonly name = 'drain';
  readonly #forwarder: ForwarderService;
  #before: StateCounts = { pending: 0, held: 0, stored: 0, refused: 0, evicted: 0, released: 0 };

  constructor(forwarder: ForwarderService) {
    this.#forwarder = forwarder;
  }

  /** How custody stood when the camera started. */
  get before(): StateCounts {
    return this.#before;
  }

  async start(): Promise<void> {
    this.#before = this.#forwarder.status().counts;
  }

  async stop(): Promise<void> {
    await drained(this.#forwarder, AbortSignal.timeout(FAREWELL_MS));
  }

  readiness(): [] {
    return [];
  }
}
