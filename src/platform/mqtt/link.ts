import { Backoff, pause } from '../backoff.ts';
import type { LinkConfig } from '../config/schema.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { Readiness } from '../service.ts';
import { errorMessage } from '../sightline-error.ts';
import { readCertificates } from './certificate-files.ts';
import { type ClientIdentity, clientOptions } from './client-options.ts';
import {
  Connection,
  type Message,
  type ProtocolVersion,
  type PublishOptions,
  type Subscription,
} from './connection.ts';
import type { ConnectionEnd } from './connection-end.ts';
import { openInquiry } from './inquiry.ts';
import { ConnectError, LinkDownError } from './link-errors.ts';
import { LinkFaults } from './link-faults.ts';
import { LinkReport } from './link-report.ts';
import { Ownership } from './ownership.ts';
import { shownFilter } from './shown-filter.ts';

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
  readonly onDown?: (end: ConnectionEnd) => void;
  /** Shared by several links of a service to one broker, so that one fault of all is told once. */
  readonly faults?: LinkFaults;
  /**
   * There is to be one client of this id only, and whoever loses it to another one stays away while that one is there. They ask each
   * other on this topic, which nothing else uses.
   */
  readonly exclusive?: { readonly topic: string; readonly goneAfterMs?: number };
  /** Stay away, too, while that link does: one owner of all that belongs together. */
  readonly follows?: MqttLink;
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
  readonly #listeners = new Map<string, (message: Message) => void>();
  readonly #followers = new Set<MqttLink>();
  readonly #ownership: Ownership | undefined;
  readonly #report: LinkReport;
  readonly #faults: LinkFaults;
  #connection: Connection | undefined;
  /** A connection that stands but has not subscribed yet. */
  #joining: Connection | undefined;
  #version: ProtocolVersion;
  #running: Promise<void> | undefined;
  /** Resolves when nobody else has our id any more. */
  #contest: Promise<void> | undefined;

  constructor(options: LinkOptions) {
    this.#options = options;
    this.#version = options.config.protocol === '3.1.1' ? 4 : 5;
    this.#faults = options.faults ?? new LinkFaults();
    this.#report = new LinkReport(options, this.#faults, this);
    if (options.follows) options.follows.#followers.add(this);
    if (options.exclusive) this.#ownership = this.#own(options.exclusive);
  }

  /** Begins to connect; does not wait for it. @throws UsageError when a certificate file can't be read. */
  start(): void {
    readCertificates(this.#options.config);
    this.#report.start(() => this.isUp);
    this.#running = this.#run();
  }

  get isUp(): boolean {
    return this.#connection !== undefined;
  }

  /** Largest packet that the broker takes; Infinity where it did not say. */
  get maximumPacketBytes(): number {
    return this.#connection?.maximumPacketBytes ?? Number.POSITIVE_INFINITY;
  }

  /** Publishes of QoS 1 and 2 that the broker lets be under way at once. */
  get receiveMaximum(): number {
    return this.#connection?.receiveMaximum ?? 65_535;
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

  /** Gives the messages of one topic to a listener of its own, not to onMessage. A refusal is not worth a warning. */
  async listen(topic: string, listener: (message: Message) => void): Promise<void> {
    this.#listeners.set(topic, listener);
    await this.subscribe({ filter: topic, qos: 0 });
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
    this.#report.stop();
  }

  readiness(): Readiness {
    return this.#report.readiness(this.isUp);
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    const stopped = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    while (!signal.aborted) {
      const { follows } = this.#options;
      if (follows) await Promise.race([follows.#contest, stopped]);
      const startedAt = performance.now();
      if (!signal.aborted) await this.#connectOnce();
      if (signal.aborted) break;
      if (performance.now() - startedAt > HEALTHY_MS) this.#backoff.reset();
      if (this.#ownership?.isContested) await this.#contend(this.#ownership);
      await pause(this.#backoff.next(), signal);
    }
  }

  async #connectOnce(): Promise<void> {
    let connection: Connection | undefined;
    try {
      connection = await this.#open(this.#options, (message) => this.#receive(message));
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
    this.#report.connected(connection);
    this.#options.onUp?.();
    const end = await connection.ended;
    this.#connection = undefined;
    this.#options.onDown?.(end);
    if (this.#stop.signal.aborted) return;
    this.#report.lost(end);
    this.#ownership?.noteEnd(end);
  }

  #open(identity: ClientIdentity, onMessage: (message: Message) => Promise<void>): Promise<Connection> {
    const { config } = this.#options;
    return Connection.open({
      url: config.broker,
      version: this.#version,
      client: clientOptions(config, identity, this.#version),
      onMessage,
      signal: this.#stop.signal,
    });
  }

  async #receive(message: Message): Promise<void> {
    const listener = this.#listeners.get(message.topic);
    if (listener) listener(message);
    else await this.#options.onMessage?.(message);
  }

  async #subscribeLater(connection: Connection, subscription: Subscription): Promise<void> {
    const { log, name } = this.#options;
    const level = this.#listeners.has(subscription.filter) ? 'debug' : 'warn';
    await connection
      .subscribe([subscription])
      .catch((error: unknown) =>
        log[level](
          { broker: name, filter: shownFilter(subscription.filter), reason: errorMessage(error) },
          'not subscribed',
        ),
      );
  }

  #own({ topic, goneAfterMs }: NonNullable<LinkOptions['exclusive']>): Ownership {
    const ownership = new Ownership({
      clientId: this.#options.clientId,
      topic,
      ...(goneAfterMs === undefined ? {} : { goneAfterMs }),
      inquire: (clientId, onMessage) =>
        openInquiry(
          topic,
          this.#open({ clientId, clean: true }, async (message) => onMessage(message)),
          this.#stop.signal,
        ),
      onRival: (isCertain) => {
        this.#report.ousted(isCertain);
        for (const follower of this.#followers) void follower.#connection?.end();
      },
    });
    void this.listen(topic, (message) => {
      const answer = ownership.answer(message);
      if (answer && this.isUp) void this.publish(topic, answer, { qos: 0 }).catch(() => undefined);
    });
    return ownership;
  }

  async #contend(ownership: Ownership): Promise<void> {
    this.#contest = ownership.settle(this.#stop.signal);
    await this.#contest;
    this.#contest = undefined;
  }

  #noteFault(error: unknown): void {
    this.#report.notReached(error);
    // A broker of 3.1.1 may just hang up on a CONNECT of version 5; which of the two it was shows at the next attempt.
    if (error instanceof ConnectError && error.isVersionRefused && this.#options.config.protocol === 'auto')
      this.#version = this.#version === 5 ? 4 : 5;
  }
}
