import type { Message, World } from './world.ts';

const IN_FLIGHT = 20;

export interface BrokerOptions {
  readonly maxQueue: number;
  /** A larger message cuts its connection, as on MQTT 3.1.1. */
  maxPacketBytes: number;
  /** Captures go to one of the subscribers rather than to all. */
  readonly isShared: boolean;
}

export interface Client {
  readonly name: string;
  readonly topics: readonly Message['topic'][];
  readonly isPersistent: boolean;
  readonly onMessage: (message: Message, acknowledge: () => void) => void;
  readonly onLost: () => void;
}

interface Session {
  readonly name: string;
  readonly isPersistent: boolean;
  readonly topics: Set<Message['topic']>;
  queue: Message[];
  inFlight: Message[];
  connection: Connection | undefined;
}

/** Acknowledges at once, keeps in memory, drops what is too much without a word: no keeper. */
export class Broker {
  readonly world: World;
  readonly options: BrokerOptions;
  isUp = true;
  longestQueue = 0;
  wipes = 0;
  #sessions: Session[] = [];
  #retained: Message[] = [];

  constructor(world: World, options: BrokerOptions) {
    this.world = world;
    this.options = options;
  }

  /** Undefined when nobody answers. */
  connect(client: Client): Connection | undefined {
    if (!this.isUp) return undefined;
    let session = this.#sessions.find(({ name }) => name === client.name);
    session?.connection?.cut();
    session = this.#sessions.find(({ name }) => name === client.name);
    if (!session) {
      const { name, isPersistent, topics } = client;
      session = { name, isPersistent, topics: new Set(topics), queue: [], inFlight: [], connection: undefined };
      this.#sessions.push(session);
      for (const message of this.#retained) if (session.topics.has(message.topic)) this.#enqueue(session, message);
    }
    session.connection = new Connection(this, client, session);
    session.queue = [...session.inFlight.splice(0), ...session.queue];
    this.pump(session);
    return session.connection;
  }

  retain(message: Message): void {
    this.#retained.push(message);
  }

  /** Returns whether anybody will get it. */
  route(message: Message): boolean {
    const subscribers = this.#sessions.filter(({ topics }) => topics.has(message.topic));
    if (this.options.isShared && message.topic === 'captures') {
      const connected = subscribers.filter(({ connection }) => connection);
      const one = connected[this.world.random.below(Math.max(1, connected.length))];
      return one !== undefined && this.#enqueue(one, message);
    }
    return subscribers.map((session) => this.#enqueue(session, message)).some(Boolean);
  }

  pump(session: Session): void {
    while (session.connection && session.inFlight.length < IN_FLIGHT) {
      const message = session.queue.shift();
      if (!message) return;
      session.inFlight.push(message);
      session.connection.deliver(message);
    }
  }

  left(session: Session): void {
    session.connection = undefined;
    if (!session.isPersistent) this.#sessions = this.#sessions.filter((other) => other !== session);
  }

  /** Dies, with or without what it had on its disk, and comes back after a while. */
  crash(isWiped: boolean): void {
    if (!this.isUp) return;
    this.isUp = false;
    for (const { connection } of [...this.#sessions]) connection?.cut();
    if (isWiped) {
      this.wipes += 1;
      this.#sessions = [];
      this.#retained = [];
    }
    this.world.time.after(this.world.random.between(100, 10_000), () => {
      this.isUp = true;
    });
  }

  cutSome(): void {
    const connected = this.#sessions.filter(({ connection }) => connection);
    const one = connected[this.world.random.below(Math.max(1, connected.length))]?.connection;
    if (this.world.random.chance(0.5)) one?.cut();
    else one?.swallow();
  }

  #enqueue(session: Session, message: Message): boolean {
    // Here it was acknowledged long since.
    if (session.queue.length >= this.options.maxQueue) return false;
    session.queue.push(message);
    if (message.topic === 'captures') {
      this.longestQueue = Math.max(this.longestQueue, session.queue.length + session.inFlight.length);
    }
    this.pump(session);
    return true;
  }
}

/** One connection: in order in each direction, until it is cut. */
export class Connection {
  readonly #broker: Broker;
  readonly #client: Client;
  readonly #session: Session;
  readonly #waiting = new Set<(error: Error) => void>();
  #isOpen = true;
  #isSwallowing = false;
  #upAtMs = 0;
  #downAtMs = 0;

  constructor(broker: Broker, client: Client, session: Session) {
    this.#broker = broker;
    this.#client = client;
    this.#session = session;
  }

  /** Resolves when the broker has acknowledged; rejects when the connection is cut before. */
  publish(message: Message): Promise<void> {
    const { world, options } = this.#broker;
    return new Promise<void>((resolve, reject) => {
      this.#waiting.add(reject);
      const writeMs = message.bytes / 1_000;
      this.#upAtMs = Math.max(this.#upAtMs, world.time.nowMs()) + writeMs;
      this.#later(this.#upAtMs - world.time.nowMs() + world.random.between(5, 50), () => {
        if (message.bytes > options.maxPacketBytes) return this.cut();
        if (!(message.topic === 'receipts' && world.fails(0.05))) this.#broker.route(message);
        if (world.fails(0.02)) this.#broker.route(message);
        this.#later(world.random.between(5, 50), () => {
          this.#waiting.delete(reject);
          resolve();
        });
      });
    });
  }

  deliver(message: Message): void {
    const { world } = this.#broker;
    this.#downAtMs = Math.max(this.#downAtMs, world.time.nowMs() + world.random.between(5, 50));
    this.#later(this.#downAtMs - world.time.nowMs(), () =>
      this.#client.onMessage(message, () =>
        this.#later(10, () => {
          this.#session.inFlight = this.#session.inFlight.filter((other) => other !== message);
          this.#broker.pump(this.#session);
        }),
      ),
    );
  }

  cut(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#broker.left(this.#session);
    for (const reject of this.#waiting) reject(new Error('cut'));
    this.#client.onLost();
  }

  /** Half open: nothing arrives any more, and nobody knows until the keepalive runs out. */
  swallow(): void {
    this.#isSwallowing = true;
    this.#broker.world.time.after(this.#broker.world.random.between(5_000, 30_000), () => this.cut());
  }

  #later(ms: number, call: () => void): void {
    this.#broker.world.time.after(ms, () => {
      if (this.#isOpen && !this.#isSwallowing) call();
    });
  }
}
