import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { Lane, Line, type LineConditions, PERFECT_LINE } from './fault-proxy-lane.ts';

export type Direction = 'up' | 'down';
/**
 * `open`: bytes pass. `blackhole`: connections stand and come about, and nothing passes; once open again they go on.
 * `refusing`: nobody listens.
 */
export type LinkMode = 'open' | 'blackhole' | 'refusing';

export interface FaultProxyOptions {
  /** Port on 127.0.0.1 behind the proxy. */
  readonly target: number;
  readonly port?: number;
  /** For losses, 0 to below 1. */
  readonly random?: () => number;
  /** Sees all that passes, just before it does. */
  readonly onBytes?: Watcher;
}

export type Watcher = (direction: Direction, chunk: Buffer, connection: number) => void;

interface Connection {
  readonly client: Socket;
  readonly server: Socket;
  readonly lanes: readonly Lane[];
  isDead: boolean;
}

/** A TCP proxy on loopback that makes a link as bad as links are. `up` is from whoever connects to the target. */
export class FaultProxy {
  readonly #options: FaultProxyOptions;
  readonly #lines: Record<Direction, Line>;
  readonly #connections = new Set<Connection>();
  readonly #sockets = new Set<Socket>();
  readonly #bytes = { up: 0, down: 0 };
  #listener: Server | undefined;
  #port: number;
  #mode: LinkMode = 'open';
  #watcher: Watcher | undefined;
  #accepted = 0;

  constructor(options: FaultProxyOptions) {
    this.#options = options;
    this.#port = options.port ?? 0;
    this.#watcher = options.onBytes;
    const random = options.random ?? Math.random;
    this.#lines = { up: new Line(random), down: new Line(random) };
  }

  async start(): Promise<void> {
    const listener = createServer({ allowHalfOpen: true, noDelay: true }, (client) => this.#accept(client));
    this.#listener = listener;
    await new Promise<void>((resolve, reject) => {
      listener.once('error', reject);
      listener.listen(this.#port, '127.0.0.1', resolve);
    });
    this.#port = (listener.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    this.reset();
    // Also those that were cut, while their other end is in no hurry.
    for (const socket of this.#sockets) socket.destroy();
    const listener = this.#listener;
    this.#listener = undefined;
    if (listener) await new Promise((resolve) => listener.close(resolve));
  }

  get port(): number {
    return this.#port;
  }

  /** Connections that stand. */
  get connections(): number {
    return this.#connections.size;
  }

  /** Connections that ever came about. */
  get accepted(): number {
    return this.#accepted;
  }

  /** Bytes that passed. */
  get bytes(): Readonly<Record<Direction, number>> {
    return { ...this.#bytes };
  }

  get mode(): LinkMode {
    return this.#mode;
  }

  /** The line from now on, in both directions or one; what is not named is perfect. */
  shape(conditions: Partial<LineConditions>, directions: readonly Direction[] = ['up', 'down']): void {
    for (const direction of directions) this.#lines[direction].conditions = { ...PERFECT_LINE, ...conditions };
  }

  /** From now on this sees all that passes, in place of who did. */
  watch(watcher: Watcher | undefined): void {
    this.#watcher = watcher;
  }

  async setMode(mode: LinkMode): Promise<void> {
    this.#mode = mode;
    for (const { lanes, isDead } of this.#connections)
      for (const lane of lanes) lane.silence(isDead || mode === 'blackhole');
    if (mode === 'refusing') {
      const listener = this.#listener;
      this.#listener = undefined;
      listener?.close();
      this.reset();
    } else if (!this.#listener) await this.start();
  }

  /** Ends all connections in order (FIN both ways). What was under way is lost. */
  cut(): void {
    for (const connection of this.#connections) this.#drop(connection, (socket) => socket.end());
  }

  /** Breaks all connections (RST both ways). */
  reset(): void {
    for (const connection of this.#connections) this.#drop(connection, reset);
  }

  /** What a router does that has forgotten: the connections of now stay silent for ever, new ones work. */
  halfOpen(): void {
    for (const connection of this.#connections) {
      connection.isDead = true;
      for (const lane of connection.lanes) lane.silence(true);
    }
  }

  #accept(client: Socket): void {
    this.#accepted += 1;
    const number = this.#accepted;
    const server = connect({ port: this.#options.target, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    const lane = (direction: Direction, from: Socket, to: Socket) =>
      new Lane({
        from,
        to,
        line: this.#lines[direction],
        onBytes: (chunk) => {
          this.#bytes[direction] += chunk.length;
          this.#watcher?.(direction, chunk, number);
        },
      });
    const connection: Connection = {
      client,
      server,
      lanes: [lane('up', client, server), lane('down', server, client)],
      isDead: false,
    };
    this.#connections.add(connection);
    for (const socket of [client, server]) {
      this.#sockets.add(socket);
      socket.on('error', () => this.#drop(connection, reset));
      socket.on('close', () => {
        this.#sockets.delete(socket);
        if (client.destroyed && server.destroyed) this.#drop(connection, () => undefined);
      });
    }
    for (const each of connection.lanes) {
      each.start();
      if (this.#mode === 'blackhole') each.silence(true);
    }
  }

  #drop(connection: Connection, end: (socket: Socket) => void): void {
    this.#connections.delete(connection);
    for (const lane of connection.lanes) lane.stop();
    for (const socket of [connection.client, connection.server]) {
      if (!socket.destroyed) end(socket);
      // Whatever still comes is thrown away, or the other end's FIN would never be read.
      socket.removeAllListeners('data');
      socket.resume();
      socket.once('end', () => socket.destroy());
    }
  }
}

/** RST; where an end is under way already, Node would keep such a socket for ever (libuv refuses to reset it). */
function reset(socket: Socket): void {
  if (socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}

/** A proxy in front of a port of this machine. */
export async function startFaultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  const proxy = new FaultProxy(options);
  await proxy.start();
  return proxy;
}
