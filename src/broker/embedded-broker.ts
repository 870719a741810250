import { createServer, type Server, type Socket } from 'node:net';
import { Aedes, type AedesPublishPacket, type Client } from 'aedes';
import { GuardedStream } from './guarded-stream.ts';
import { hidesTopic, isShare, parseShare } from './share-filter.ts';
import { type ShareClient, type SharedMessage, ShareGroup } from './share-group.ts';

export interface EmbeddedBrokerOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Longest packet body that a client may send. */
  readonly maxPacketBytes: number;
  /** What a share group holds for a member that is away. */
  readonly maxWaiting: number;
  readonly maxWaitingBytes: number;
  readonly onMessage: (bytes: number) => void;
  readonly onDrop: (reason: string, group: string) => void;
  readonly onClientError: (clientId: string | undefined, error: Error) => void;
}

type Member = Client & ShareClient;

interface Group {
  readonly members: ShareGroup<Member>;
  readonly filter: string;
  readonly listen: (packet: AedesPublishPacket, done: () => void) => void;
}

/**
 * An MQTT 3.1.1 broker in this process. Aedes grants `$share/…` and never delivers there: groups are served here, by its hook for
 * subscriptions and its own publish() to one client. A client with a shared and a plain subscription gets a copy for each (MQTT 5 §4.8.2).
 */
export class EmbeddedBroker {
  readonly #options: EmbeddedBrokerOptions;
  readonly #groups = new Map<string, Group>();
  readonly #sockets = new Set<Socket>();
  #aedes: Aedes | undefined;
  #server: Server | undefined;
  #counter = 0;

  constructor(options: EmbeddedBrokerOptions) {
    this.#options = options;
  }

  /** @throws the system's error when the port can't be opened. */
  async start(): Promise<void> {
    const { host, port, maxPacketBytes, onMessage, onClientError } = this.#options;
    const aedes = await Aedes.createBroker({
      authorizePublish: (_client, { topic }, done) =>
        done(topic.startsWith('$') ? new Error(`Expected a topic that does not begin with $, got ${topic}`) : null),
      authorizeSubscribe: (client, subscription, done) => {
        if (!isShare(subscription.topic)) return done(null, subscription);
        const isJoined = this.#join(aedes, client as Member, subscription.topic, subscription.qos);
        done(null, isJoined ? subscription : null);
      },
    });
    aedes.on('publish', (packet, client) => client && onMessage(packet.payload.length));
    aedes.on('unsubscribe', (topics, client) => this.#leave(aedes, client as Member, topics));
    aedes.on('clientReady', (client) => {
      this.#welcome(aedes, client as Member);
      // After Aedes' own list of those who wait for this event.
      setImmediate(() => (client.conn as GuardedStream).welcome());
    });
    aedes.on('clientError', (client, error) => onClientError(client.id, error));
    aedes.on('connectionError', (_client, error) => onClientError(undefined, error));
    const server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
      socket.setNoDelay(true);
      aedes.handle(new GuardedStream(socket, maxPacketBytes));
    });
    this.#aedes = aedes;
    this.#server = server;
    try {
      await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, resolve));
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  get isListening(): boolean {
    return this.#server?.listening ?? false;
  }

  get port(): number {
    const address = this.#server?.address();
    return typeof address === 'object' && address ? address.port : 0;
  }

  get clients(): number {
    return this.#aedes?.connectedClients ?? 0;
  }

  /** Takes no more connections, ends those that are there, and waits until all is closed. */
  async stop(): Promise<void> {
    const aedes = this.#aedes;
    const server = this.#server;
    this.#aedes = undefined;
    this.#server = undefined;
    const serverClosed = new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve()));
    await new Promise<void>((resolve) => (aedes ? aedes.close(resolve) : resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await serverClosed;
    this.#groups.clear();
  }

  #join(aedes: Aedes, client: Member, topic: string, qos: 0 | 1 | 2): boolean {
    const share = parseShare(topic);
    if (!share) return false;
    const known = this.#groups.get(topic);
    const group = known ?? this.#createGroup(share.group, share.filter);
    if (!known) {
      this.#groups.set(topic, group);
      aedes.subscribe(share.filter, group.listen, () => undefined);
    }
    group.members.join(client, qos);
    return true;
  }

  #createGroup(name: string, filter: string): Group {
    const { maxWaiting, maxWaitingBytes, onDrop } = this.#options;
    const members = new ShareGroup<Member>({
      maxWaiting,
      maxWaitingBytes,
      onDrop: (reason) => onDrop(reason, name),
      deliver: (client, message, done) => client.publish(this.#packet(name, filter, message), done),
    });
    return {
      members,
      filter,
      listen: (packet, done) => {
        if (hidesTopic(filter, packet.topic)) return done();
        members.give({ topic: packet.topic, payload: Buffer.from(packet.payload as Buffer), qos: packet.qos }, done);
      },
    };
  }

  /**
   * Aedes drops what looks like a repeat: a number not above the last one of the same `brokerId`. A series of its own for each group
   * and QoS keeps a member's plain copies, and messages that overtake each other, from being taken for one.
   */
  #packet(group: string, filter: string, { topic, payload, qos }: SharedMessage): AedesPublishPacket {
    this.#counter += 1;
    const brokerId = `$share/${group}/${filter} ${qos}`;
    return { cmd: 'publish', brokerId, brokerCounter: this.#counter, topic, payload, qos, retain: false, dup: false };
  }

  #leave(aedes: Aedes, client: Member, topics: readonly string[]): void {
    for (const topic of topics) {
      this.#groups.get(topic)?.members.leave(client);
      this.#dropIfEmpty(aedes, topic);
    }
  }

  #welcome(aedes: Aedes, client: Member): void {
    for (const [topic, { members }] of [...this.#groups]) {
      if (client.clean) members.forgetEarlier(client);
      members.flush();
      this.#dropIfEmpty(aedes, topic);
    }
  }

  #dropIfEmpty(aedes: Aedes, topic: string): void {
    const group = this.#groups.get(topic);
    if (!group?.members.isEmpty) return;
    group.members.close();
    this.#groups.delete(topic);
    aedes.unsubscribe(group.filter, group.listen, () => undefined);
  }
}
