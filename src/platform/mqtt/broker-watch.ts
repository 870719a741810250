import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { Message } from './connection.ts';
import type { MqttLink } from './link.ts';

/** Retained, and renewed every `sys_interval` (10 s): Mosquitto's count since it started. Other brokers have nothing there. */
const DROPPED_TOPIC = '$SYS/broker/publish/messages/dropped';
/** A queue that overflows does so all day. */
const WARN_EVERY_MS = 600_000;

export interface BrokerWatchOptions {
  /** What the broker is in the picture: `edge`, `cloud`. */
  readonly broker: string;
  readonly service: string;
  readonly log: Log;
  readonly metrics: Metrics;
}

/**
 * Reads from a broker how many messages it has thrown away. A broker whose queue for somebody is full acknowledges and drops without a
 * word (mosquitto#3687), and nobody else can tell. Where the broker doesn't say, or not to us, there is nothing to read.
 */
export class BrokerWatch {
  readonly #options: BrokerWatchOptions;
  #dropped: number | undefined;
  #warnedAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: BrokerWatchOptions) {
    this.#options = options;
  }

  /** Call before the link is started or later; one link of a service to a broker is enough. */
  watch(link: MqttLink): void {
    void link.listen(DROPPED_TOPIC, (message) => this.#note(message));
  }

  #note({ payload }: Message): void {
    const dropped = Number(payload.toString());
    if (!Number.isSafeInteger(dropped) || dropped < 0) return;
    const { broker, service, metrics } = this.#options;
    if (this.#dropped === undefined)
      metrics.observed(
        'broker_dropped_messages',
        'Messages that a broker says it has dropped since it started.',
        { service, broker },
        () => this.#dropped ?? 0,
      );
    // A broker that was restarted counts from zero again.
    const more = this.#dropped === undefined ? 0 : dropped - this.#dropped;
    this.#dropped = dropped;
    if (more > 0) this.#warn(more);
  }

  #warn(dropped: number): void {
    const nowMs = performance.now();
    if (nowMs - this.#warnedAtMs < WARN_EVERY_MS) return;
    this.#warnedAtMs = nowMs;
    this.#options.log.warn(
      { broker: this.#options.broker, dropped },
      'broker dropped messages: a queue there is full. What was a capture is sent again; give the queues more room (Mosquitto: max_queued_messages) or look for a client that is too slow',
    );
  }
}
