import { Backoff, pause } from '../backoff.ts';
import type { LinkConfig } from '../config/schema.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { Readiness } from '../service.ts';
import { errorMessage, UsageError } from '../sightline-error.ts';
import { type ClientIdentity, clientOptions, readCertificates } from './client-options.ts';
import {
  Connection,
  type Message,
  type ProtocolVersion,
  type PublishOptions,
  type Subscription,
} from './connection.ts';
import { ConnectError, LinkDownError } from './link-errors.ts';
import { LinkFaults } from './link-faults.ts';

export interface LinkOptions extends ClientIdentity {
  /** What the broker is in the picture, for logs and metrics: `edge`, `cloud`. */
  readonly name: string;
  readonly service: string;
  readonly config: LinkConfig;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly subscriptions?: readonly Subscription[];
  /** Resolve: acknowledge. Reject: the connection is ended, so that the broker delivers again. One message at a time. */
  readonly onMessage?: (message: Message) => Promise<void>;
  /** Called at each connection, once the subscriptions stand. */
  readonly onUp?: () => void;
  readonly onDown?: () => void;
  /** Shared by several links of a service to one broker, so that one fault of all is told once. */
  readonly faults?: LinkFaults;
}

/** Longest that a connection must last for the next wait to be short again. */
const HEALTHY_MS = 10_000;

/**
 * A link to a broker that is always there or on its way back: connects, falls back from MQTT 5 to 3.1.1, subscribes, and after each
 * cut starts again with a fresh client after a jittered wait. It queues nothing: publish() fails when there is no connection.
 */
export class MqttLink {
  readonly #options: LinkOptions;
  readonly #stop = new AbortController();
  readonly #backoff = new Backoff({ firstMs: 250, maxMs: 15_000 });
  readonly #later = new Map<string, Subscription>();
  #connection: Connection | undefined;
  /** A connection that stands but has not subscribed yet. */
  #joining: Connection | undefined;
  #version: ProtocolVersion;
  #running: Promise<void> | undefined;
  readonly #faults: LinkFaults;

  constructor(options: LinkOptions) {
    this.#options = options;
    this.#version = options.config.protocol === '3.1.1' ? 4 : 5;
    this.#faults = options.faults ?? new LinkFaults();
  }

  /** Begins to connect; does not wait for it. @throws UsageError when a certificate file can't be read. */
  start(): void {
    readCertificates(this.#options.config);
    const { name, service, metrics } = this.#options;
    metrics.observed('mqtt_connected', 'Whether the link to the broker stands.', { service, broker: name }, () =>
      Number(this.isUp),
    );
    this.#running = this.#run();
  }

  get isUp(): boolean {
    return this.#connection !== undefined;
  }

  /** Largest packet that the broker takes; Infinity where it did not say. */
  get maximumPacketBytes(): number {
    return this.#connection?.maximumPacketBytes ?? Number.POSITIVE_INFINITY;
  }

  /** @throws LinkDownError when there is no connection, or it ends before the broker acknowledges. */
  async publish(topic: string, payload: Buffer | string, options: PublishOptions): Promise<void> {
    if (!this.#connection)
      throw new LinkDownError(`Expected a connection to the ${this.#options.name} broker, got none`);
    await this.#connection.publish(topic, payload, options);
  }

  /** Subscribes now, if there is a connection, and at every later one. What the broker refuses is told, and the link goes on without it. */
  async subscribe(subscription: Subscription): Promise<void> {
    if (this.#later.has(subscription.filter)) return;
    this.#later.set(subscription.filter, subscription);
    if (this.#connection) await this.#subscribeLater(this.#connection, subscription);
  }

  /** Ends the connection; a fresh one follows. */
  reconnect(reason: string): void {
    this.#options.log.warn({ broker: this.#options.name, reason }, 'broker connection given up');
    void this.#connection?.end(true);
  }

  /** Says goodbye to the broker and ends. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#joining?.end(true);
    await this.#connection?.end();
    await this.#running;
    this.#faults.clear(this);
  }

  readiness(): Readiness {
    const { name, config } = this.#options;
    return {
      name: `${name}-broker`,
      ok: this.isUp,
      detail: this.isUp ? brokerAddress(config.broker) : (this.#faults.of(this) ?? 'connecting'),
    };
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const startedAt = performance.now();
      await this.#connectOnce();
      if (signal.aborted) break;
      if (performance.now() - startedAt > HEALTHY_MS) this.#backoff.reset();
      await pause(this.#backoff.next(), signal);
    }
  }

  async #connectOnce(): Promise<void> {
    const { config, log, name, service, metrics, onMessage, onUp, onDown } = this.#options;
    let connection: Connection | undefined;
    try {
      connection = await Connection.open({
        url: config.broker,
        version: this.#version,
        client: clientOptions(config, this.#options, this.#version),
        onMessage: onMessage ?? (async () => undefined),
        signal: this.#stop.signal,
      });
      this.#stop.signal.throwIfAborted();
      this.#joining = connection;
      await connection.subscribe(this.#options.subscriptions ?? []);
      this.#stop.signal.throwIfAborted();
    } catch (error) {
      await connection?.end(true);
      if (!this.#stop.signal.aborted) this.#noteFault(error);
      return;
    } finally {
      this.#joining = undefined;
    }
    this.#connection = connection;
    // Not waited for: the broker reads them before whatever is published after.
    for (const subscription of this.#later.values()) void this.#subscribeLater(connection, subscription);
    this.#faults.clear(this);
    log.info(
      { broker: name, address: brokerAddress(config.broker), mqtt: connection.version === 5 ? '5' : '3.1.1' },
      'broker connected',
    );
    onUp?.();
    const reason = await connection.ended;
    this.#connection = undefined;
    onDown?.();
    if (this.#stop.signal.aborted) return;
    metrics
      .counter('mqtt_disconnects_total', 'Links to a broker that were lost.', ['service', 'broker'])
      .inc({ service, broker: name });
    log[this.#faults.note(this, reason) ? 'warn' : 'debug']({ broker: name, reason }, 'broker connection lost');
  }

  async #subscribeLater(connection: Connection, subscription: Subscription): Promise<void> {
    const { log, name } = this.#options;
    await connection
      .subscribe([subscription])
      .catch((error: unknown) =>
        log.warn({ broker: name, filter: subscription.filter, reason: errorMessage(error) }, 'not subscribed'),
      );
  }

  #noteFault(error: unknown): void {
    const { config, log, name, service, metrics } = this.#options;
    const reason =
      error instanceof ConnectError ? error.reason : error instanceof UsageError ? 'configuration' : 'subscription';
    metrics
      .counter('mqtt_connect_failures_total', 'Connections to a broker that did not come about.', [
        'service',
        'broker',
        'reason',
      ])
      .inc({ service, broker: name, reason });
    if (error instanceof ConnectError && error.isVersionRefused && config.protocol === 'auto') {
      // A broker of 3.1.1 may just hang up on a CONNECT of version 5; which of the two it was shows at the next attempt.
      this.#version = this.#version === 5 ? 4 : 5;
    }
    const fault = errorMessage(error);
    // The same fault again is no news: the first is a warning, its repeats are for debugging.
    log[this.#faults.note(this, fault) ? 'warn' : 'debug'](
      { broker: name, address: brokerAddress(config.broker), reason: fault },
      'broker not reached, trying again',
    );
  }
}

/** The broker's URL without a user and password. */
function brokerAddress(url: string): string {
  const { protocol, host } = new URL(url);
  return `${protocol}//${host}`;
}
