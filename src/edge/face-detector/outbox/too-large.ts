import { traceIdOf } from '../../../contract/trace.ts';
import { EXIT_CODES } from '../../../platform/exit-codes.ts';
import type { Log } from '../../../platform/log.ts';
import { errorMessage, SightlineError } from '../../../platform/sightline-error.ts';

const HINT =
  "Raise the broker's limit (max_packet_size, message_size_limit) or send.maxBytes, or make captures smaller: capture.format: jpeg, capture.include: face.";

/** Captures that the edge broker or send.maxBytes does not allow. They wait for a limit that does, and are shed as others are. */
export class TooLarge {
  readonly #log: Log;
  readonly #ids = new Set<string>();
  /** The limit that was told of: each further capture is no news. */
  #told: { readonly maximumBytes: number | undefined } | undefined;

  constructor(log: Log) {
    this.#log = log;
  }

  get captures(): number {
    return this.#ids.size;
  }

  /** @param maximumBytes the largest image that may go; undefined when the broker only refuses */
  found(id: string, bytes: number, maximumBytes?: number): void {
    this.#ids.add(id);
    const isNews = !this.#told || this.#told.maximumBytes !== maximumBytes;
    this.#told = { maximumBytes };
    const facts = { id, traceId: traceIdOf(id), bytes, maximumBytes, ...(isNews ? { hint: HINT } : {}) };
    this.#log[isNews ? 'warn' : 'debug'](
      facts,
      'capture larger than the edge broker or send.maxBytes allows; it waits',
    );
  }

  forget(id: string): void {
    this.#ids.delete(id);
  }

  /** A new connection: its limit may be another. */
  clear(): void {
    this.#ids.clear();
  }

  /** Why a run ends that can't send the rest. */
  error(captures: number): SightlineError {
    const maximumBytes = this.#told?.maximumBytes;
    const limit = maximumBytes === undefined ? '' : ` (an image may have ${maximumBytes} bytes)`;
    return new SightlineError(
      `Expected an edge broker that takes every capture, got one that takes none of the ${captures} that are left${limit}`,
      { hint: HINT, exitCode: EXIT_CODES.environment },
    );
  }
}

/** MQTT 5 §3.4.2.1, reason code 0x95, in the words of mqtt.js. The connection stands: this broker has a limit that it did not announce. */
export function isRefusedAsTooLarge(error: unknown): boolean {
  return /packet too large/i.test(errorMessage(error));
}
