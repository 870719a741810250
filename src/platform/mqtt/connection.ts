import mqtt, { type IClientOptions, type IClientPublishOptions, type MqttClient } from 'mqtt';
import { ConnectError, LinkDownError } from './link-errors.ts';

export type MqttClientOptions = IClientOptions;
export type Qos = 0 | 1 | 2;
export type ProtocolVersion = 4 | 5;

/** How long a clean end may take. */
const GOODBYE_MS = 1_000;

/** A message that a broker delivered. */
export interface Message {
  readonly topic: string;
  readonly payload: Buffer;
  readonly qos: Qos;
  readonly retain: boolean;
  /** Redelivered after a broken connection. */
  readonly duplicate: boolean;
}

export interface Subscription {
  readonly filter: string;
  readonly qos: Qos;
}

export interface PublishOptions {
  readonly qos: Qos;
  readonly retain?: boolean;
  /** MQTT 5 only; left out on 3.1.1. */
  readonly properties?: { readonly contentType?: string; readonly userProperties?: Readonly<Record<string, string>> };
}

export interface ConnectionOptions {
  readonly url: string;
  readonly version: ProtocolVersion;
  readonly client: IClientOptions;
  /** The message is acknowledged when the promise resolves and the connection still stands; not when it rejects. */
  readonly onMessage: (message: Message) => Promise<void>;
  /** Gives up on a connection that has not come about yet. */
  readonly signal: AbortSignal;
}

/**
 * One connection, from CONNECT to its end: never reused. mqtt.js' own reconnecting keeps packets in memory and sends them
 * again behind our back; here a cut fails what was not acknowledged, and its keeper decides what to do.
 */
export class Connection {
  readonly version: ProtocolVersion;
  /** Largest packet that the broker takes (MQTT 5 CONNACK); Infinity where it did not say. */
  maximumPacketBytes = Number.POSITIVE_INFINITY;
  /** Resolves with the reason when the connection has ended. */
  readonly ended: Promise<string>;
  readonly #client: MqttClient;
  readonly #unacknowledged = new Set<(cause: Error) => void>();
  #isOpen = true;

  private constructor(client: MqttClient, version: ProtocolVersion) {
    this.#client = client;
    this.version = version;
    let reason = 'the broker closed the connection';
    client.on('error', (error) => {
      reason = error.message;
    });
    client.on('disconnect', (packet) => {
      reason = `the broker sent DISCONNECT ${packet.reasonCode ?? 0}`;
    });
    this.ended = new Promise((resolve) => {
      client.once('close', () => {
        this.#isOpen = false;
        for (const fail of this.#unacknowledged) fail(new LinkDownError(`Connection lost: ${reason}`));
        this.#unacknowledged.clear();
        client.end(true);
        resolve(reason);
      });
    });
  }

  /** @throws ConnectError when the broker can't be reached or refuses. */
  static async open({ url, version, client: options, onMessage, signal }: ConnectionOptions): Promise<Connection> {
    const client = mqtt.connect(url, {
      ...options,
      protocolVersion: version,
      reconnectPeriod: 0,
      reconnectOnConnackError: false,
      queueQoSZero: false,
      resubscribe: false,
      manualConnect: true,
    });
    const connection = new Connection(client, version);
    client.handleMessage = (packet, acknowledge) => {
      const payload = Buffer.isBuffer(packet.payload) ? packet.payload : Buffer.from(packet.payload);
      const { topic, qos, retain, dup: duplicate } = packet;
      // A callback of a dead connection must never be called: mqtt.js would acknowledge another message of the same number.
      onMessage({ topic, payload, qos, retain, duplicate }).then(
        () => connection.#isOpen && acknowledge(),
        () => connection.#cut(),
      );
    };
    const giveUp = () => client.end(true);
    signal.addEventListener('abort', giveUp);
    await new Promise<void>((resolve, reject) => {
      client.once('connect', (packet) => {
        connection.maximumPacketBytes = packet.properties?.maximumPacketSize ?? Number.POSITIVE_INFINITY;
        resolve();
      });
      client.once('error', (error) => reject(new ConnectError(error)));
      client.once('close', () =>
        reject(new ConnectError(new Error('the broker closed the connection before it answered'))),
      );
      client.connect();
    })
      .catch((error: unknown) => {
        client.end(true);
        throw error;
      })
      .finally(() => signal.removeEventListener('abort', giveUp));
    return connection;
  }

  /** @throws LinkDownError when the broker refuses, or the connection ends first. */
  async subscribe(subscriptions: readonly Subscription[]): Promise<void> {
    if (subscriptions.length === 0) return;
    const topics = Object.fromEntries(subscriptions.map(({ filter, qos }) => [filter, { qos }]));
    const refused = await this.#settle<string[]>((done) => {
      this.#client.subscribe(topics, (error, granted) =>
        done(
          error,
          (granted ?? []).filter(({ qos }) => Number(qos) >= 128).map(({ topic }) => topic),
        ),
      );
    });
    if (refused.length > 0) throw new LinkDownError(`The broker refused the subscription to ${refused.join(', ')}`);
  }

  /**
   * Resolves when the broker has acknowledged (QoS 1, 2) or the bytes were written (QoS 0).
   * @throws LinkDownError when the connection ends first or the broker refuses.
   */
  async publish(
    topic: string,
    payload: Buffer | string,
    { qos, retain = false, properties }: PublishOptions,
  ): Promise<void> {
    const options: IClientPublishOptions = { qos, retain };
    if (this.version === 5 && properties) options.properties = publishProperties(properties);
    await this.#settle<void>((done) => this.#client.publish(topic, payload, options, (error) => done(error)));
  }

  /** Ends the connection: cleanly with DISCONNECT, but not waiting long for what was never acknowledged; or at once. */
  async end(force = false): Promise<void> {
    if (!this.#isOpen) return;
    if (force) this.#cut();
    else this.#client.end();
    const impatience = setTimeout(() => this.#cut(), GOODBYE_MS);
    await this.ended;
    clearTimeout(impatience);
  }

  /** mqtt.js passes over end(true) while a clean end waits for a broker that hangs; the socket's end it notices. */
  #cut(): void {
    this.#client.end(true);
    this.#client.stream.destroy();
  }

  async #settle<Result>(
    start: (done: (error: Error | null | undefined, result?: Result) => void) => void,
  ): Promise<Result> {
    if (!this.#isOpen) throw new LinkDownError('Expected a connection to the broker, got none');
    return new Promise((resolve, reject) => {
      this.#unacknowledged.add(reject);
      start((error, result) => {
        this.#unacknowledged.delete(reject);
        if (error) reject(new LinkDownError(error.message));
        else resolve(result as Result);
      });
    });
  }
}

/** An empty set of user properties must be left out: mqtt-packet miscounts its length, and the broker waits for the rest for ever. */
function publishProperties({
  contentType,
  userProperties = {},
}: NonNullable<PublishOptions['properties']>): IClientPublishOptions['properties'] {
  return {
    ...(contentType === undefined ? {} : { contentType }),
    ...(Object.keys(userProperties).length > 0 ? { userProperties: { ...userProperties } } : {}),
  };
}
