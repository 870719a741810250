import type { TLSSocket } from 'node:tls';
import { CLOSED_BY_BROKER, type ConnectionEnd, type EndReason, endOfDisconnect, endOfError } from './connection-end.ts';
import { KeepaliveWatch, type WatchedStream } from './keepalive-watch.ts';
import { ConnectError, LinkDownError } from './link-errors.ts';
import { checkPacket } from './packet-limits.ts';
import { type MessageProperties, publishProperties } from './publish-properties.ts';
import {
  type IClientOptions,
  type IClientPublishOptions,
  type IConnackPacket,
  type MqttClient,
  quietClient,
} from './quiet-client.ts';
import { SendQuota } from './send-quota.ts';
import { Unacknowledged } from './unacknowledged.ts';
import { WriteGathering } from './write-gathering.ts';
import { WritePace } from './write-pace.ts';

export type MqttClientOptions = IClientOptions;
export type Qos = 0 | 1 | 2;
export type ProtocolVersion = 4 | 5;

/** What a stream has that is no WebSocket. */
type TlsParts = 'setNoDelay' | 'getPeerX509Certificate';

/** How long a clean end may take. */
const GOODBYE_MS = 1_000;
/** What it is where the broker did not say (MQTT 5 §3.2.2.3.3): packet numbers have 16 bits. */
const MAX_RECEIVE_MAXIMUM = 65_535;

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
  readonly properties?: MessageProperties;
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
  /** Publishes of QoS 1 and 2 that the broker lets be under way (MQTT 5 CONNACK); publish() waits beyond. */
  receiveMaximum = MAX_RECEIVE_MAXIMUM;
  /** When the certificate ends that the broker showed, in milliseconds since 1970; undefined without TLS. */
  brokerCertificateEndMs: number | undefined;
  /** Resolves when the connection has ended. */
  readonly ended: Promise<ConnectionEnd>;
  readonly #client: MqttClient;
  readonly #unacknowledged = new Unacknowledged();
  readonly #gathering: WriteGathering;
  readonly #pace = new WritePace();
  #quota = new SendQuota(MAX_RECEIVE_MAXIMUM);
  #keepalive: KeepaliveWatch | undefined;
  #isOpen = true;
  #held = 0;
  #end: ConnectionEnd | undefined;

  private constructor(client: MqttClient, version: ProtocolVersion) {
    this.#client = client;
    this.version = version;
    this.#gathering = new WriteGathering(() => client.stream);
    // What is said first is the cause; what follows is how it shows.
    client.on('error', (error) => {
      this.#end ??= endOfError(error);
      // mqtt.js tells of a packet that it can't read and goes on without: whoever waits for that one would wait for ever.
      if (client.connected) client.stream.destroy();
    });
    client.on('disconnect', ({ reasonCode }) => {
      this.#end ??= endOfDisconnect(reasonCode);
    });
    this.ended = new Promise((resolve) => {
      client.once('close', () => {
        const end = this.#end ?? CLOSED_BY_BROKER;
        this.#isOpen = false;
        this.#keepalive?.stop();
        this.#unacknowledged.end(end.detail);
        client.end(true);
        resolve(end);
      });
    });
  }

  /** @throws ConnectError when the broker can't be reached or refuses. */
  static async open({ url, version, client: options, onMessage, signal }: ConnectionOptions): Promise<Connection> {
    const client = quietClient(url, { ...options, protocolVersion: version });
    const connection = new Connection(client, version);
    client.handleMessage = (packet, acknowledge) => {
      const payload = Buffer.isBuffer(packet.payload) ? packet.payload : Buffer.from(packet.payload);
      const { topic, qos, retain, dup: duplicate } = packet;
      connection.#held += 1;
      onMessage({ topic, payload, qos, retain, duplicate }).then(
        () => {
          connection.#held -= 1;
          // A callback of a dead connection must never be called: mqtt.js would acknowledge another message of the same number.
          if (!connection.#isOpen) return;
          connection.#gathering.begin();
          acknowledge();
        },
        () => connection.#cut('handler', 'a message could not be handled'),
      );
    };
    const giveUp = () => client.end(true);
    signal.addEventListener('abort', giveUp);
    await new Promise<void>((resolve, reject) => {
      client.once('connect', (packet) => {
        connection.#welcome(packet);
        resolve();
      });
      client.once('error', (error) => reject(new ConnectError(error)));
      client.once('close', () =>
        reject(new ConnectError(new Error('the broker closed the connection before it answered'))),
      );
      client.connect();
    })
      .catch((error: unknown) => {
        // Where TLS can't make anything of its files, there is no stream yet, and mqtt.js can't end what has not begun.
        if (client.stream) client.end(true);
        throw error instanceof ConnectError || !(error instanceof Error) ? error : new ConnectError(error);
      })
      .finally(() => signal.removeEventListener('abort', giveUp));
    return connection;
  }

  /** @throws LinkDownError when the broker refuses, or the connection ends first. */
  async subscribe(subscriptions: readonly Subscription[]): Promise<void> {
    if (subscriptions.length === 0) return;
    const topics = Object.fromEntries(subscriptions.map(({ filter, qos }) => [filter, { qos }]));
    const refused = await this.#unacknowledged.settle<string[]>((done) => {
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
   * @throws UnsendableError when the broker would hang up on it.
   */
  async publish(
    topic: string,
    payload: Buffer | string,
    { qos, retain = false, properties }: PublishOptions,
  ): Promise<void> {
    const options: IClientPublishOptions = { qos, retain };
    this.#gathering.begin();
    if (this.version === 5 && properties) options.properties = publishProperties(properties);
    const bytes = checkPacket({ topic, payload, properties: options.properties }, this.maximumPacketBytes);
    this.#pace.sent(bytes);
    if (qos === 0)
      return this.#unacknowledged.settle<void>((done) =>
        this.#client.publish(topic, payload, options, (error) => done(error)),
      );
    const turn = this.#quota.enter();
    if (turn) await turn;
    const sentAtMs = performance.now();
    try {
      await this.#unacknowledged.settle<void>((done) =>
        this.#client.publish(topic, payload, options, (error) => done(error)),
      );
      this.#pace.acknowledged(bytes, sentAtMs, performance.now());
    } finally {
      this.#quota.leave();
    }
  }

  /** Ends the connection: cleanly with DISCONNECT, but not waiting long for what was never acknowledged; or at once. */
  async end(force = false): Promise<void> {
    if (!this.#isOpen) return;
    if (force) this.#cut('given-up', 'given up here');
    else {
      this.#end ??= { reason: 'left', detail: 'left' };
      this.#client.end();
    }
    const impatience = setTimeout(() => this.#cut('left', 'left'), GOODBYE_MS);
    await this.ended;
    clearTimeout(impatience);
  }

  /** The broker has let us in. */
  #welcome({ properties }: IConnackPacket): void {
    const stream = this.#client.stream as unknown as WatchedStream & Partial<Pick<TLSSocket, TlsParts>>;
    // An acknowledgement must not wait for company.
    stream.setNoDelay?.();
    this.brokerCertificateEndMs = stream.getPeerX509Certificate?.()?.validToDate.getTime();
    this.maximumPacketBytes = properties?.maximumPacketSize ?? Number.POSITIVE_INFINITY;
    this.receiveMaximum = properties?.receiveMaximum ?? MAX_RECEIVE_MAXIMUM;
    this.#quota = new SendQuota(this.receiveMaximum);
    this.#keepalive = new KeepaliveWatch({
      stream,
      keepaliveMs: this.#client.keepalive * 1000,
      ping: () => this.#client.sendPing(),
      isHolding: () => this.#held > 0,
      longestWriteMs: () => this.#pace.longestMs,
      onDead: () => this.#cut('keepalive', 'the broker fell silent'),
    });
    this.#keepalive.start();
  }

  /** mqtt.js passes over end(true) while a clean end waits for a broker that hangs; the socket's end it notices. */
  #cut(reason: EndReason, detail: string): void {
    this.#end ??= { reason, detail };
    this.#client.end(true);
    this.#client.stream.destroy();
  }
}
