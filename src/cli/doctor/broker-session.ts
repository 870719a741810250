import { randomBytes } from 'node:crypto';
import type { LinkConfig } from '../../platform/config/schema.ts';
import { clientOptions } from '../../platform/mqtt/client-options.ts';
import {
  Connection,
  type Message,
  type ProtocolVersion,
  type PublishOptions,
  type Qos,
} from '../../platform/mqtt/connection.ts';
import { ConnectError, LinkDownError } from '../../platform/mqtt/link-errors.ts';

export interface SessionOptions {
  readonly link: LinkConfig;
  /** The command that connects: a part of its client id. */
  readonly name: string;
  readonly onMessage: (message: Message) => void;
  readonly onLost: () => void;
}

/** One connection of a command to one broker: no second try, the fault is what is wanted. */
export class BrokerSession {
  readonly #options: SessionOptions;
  #connection: Connection | undefined;
  #isLeaving = false;

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  /** `5` or `3.1.1`, once connected. */
  get version(): string {
    return this.#connection?.version === 4 ? '3.1.1' : '5';
  }

  /** Connects; where the broker wants an older MQTT, with that. @throws ConnectError, UsageError for certificates that can't be read */
  async start(signal: AbortSignal): Promise<void> {
    const { protocol } = this.#options.link;
    this.#connection = await this.#open(protocol === '3.1.1' ? 4 : 5, signal).catch((error: unknown) => {
      const isOlder = protocol === 'auto' && error instanceof ConnectError && error.isVersionRefused;
      if (!isOlder || signal.aborted) throw error;
      return this.#open(4, signal);
    });
    void this.#connection.ended.then(() => !this.#isLeaving && this.#options.onLost());
  }

  /** @returns whether the broker lets us listen there */
  async subscribe(filters: readonly string[], qos: Qos = 1): Promise<boolean> {
    try {
      await this.#connection?.subscribe(filters.map((filter) => ({ filter, qos })));
      return true;
    } catch (error) {
      if (error instanceof LinkDownError) return false;
      throw error;
    }
  }

  /** @throws LinkDownError */
  async publish(topic: string, payload: Buffer, options: PublishOptions): Promise<void> {
    if (!this.#connection) throw new LinkDownError('Expected a connection to the broker, got none');
    await this.#connection.publish(topic, payload, options);
  }

  async stop(): Promise<void> {
    this.#isLeaving = true;
    await this.#connection?.end();
  }

  #open(version: ProtocolVersion, signal: AbortSignal): Promise<Connection> {
    const { link, name, onMessage } = this.#options;
    const clientId = `sightline-${name}-${randomBytes(6).toString('hex')}`;
    return Connection.open({
      url: link.broker,
      version,
      client: clientOptions(link, { clientId, clean: true }, version),
      onMessage: async (message) => onMessage(message),
      signal,
    });
  }
}
