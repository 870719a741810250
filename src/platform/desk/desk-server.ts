import { once } from 'node:events';
import { chmodSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import type { Log } from '../log.ts';
import { errorMessage } from '../sightline-error.ts';
import { type DeskAddress, deskAddress } from './desk-address.ts';
import { type DeskAnswer, type DeskRequest, deskRequestSchema, MAX_REQUEST_BYTES } from './desk-request.ts';
import { LineReader } from './line-reader.ts';
import type { SpoolDesk } from './spool-desk.ts';

/** People at once; each holds one request and one answer in memory. */
const MAX_CONNECTIONS = 8;
const IDLE_MS = 300_000;

export interface DeskServerOptions {
  readonly desk: SpoolDesk;
  /** Of the spool, which this process holds alone: a socket that is there was left by one that died. */
  readonly folder: string;
  readonly log: Log;
}

/**
 * Answers operators on a unix socket in the spool's folder while the service holds the spool. Only the folder's own user may connect.
 */
export class DeskServer {
  readonly #options: DeskServerOptions;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #address: DeskAddress | undefined;

  constructor(options: DeskServerOptions) {
    this.#options = options;
  }

  /** Never fails: captures go on where nobody can be told of them. */
  async start(): Promise<void> {
    const { folder, log } = this.#options;
    try {
      await this.#listen(deskAddress(folder));
    } catch (error) {
      log.warn({ folder, reason: errorMessage(error) }, 'no desk: `sightline spool` works only while this is stopped');
      this.#release();
    }
  }

  async stop(): Promise<void> {
    const server = this.#server;
    if (!server) return;
    const closed = once(server, 'close');
    server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
    this.#release();
  }

  async #listen(address: DeskAddress): Promise<void> {
    this.#address = address;
    rmSync(address.path, { force: true });
    const server = createServer((socket) => void this.#serve(socket));
    server.maxConnections = MAX_CONNECTIONS;
    const listening = once(server, 'listening');
    server.listen(address.path);
    await listening;
    this.#server = server;
    chmodSync(address.path, 0o600);
    server.on('error', (error) => this.#options.log.warn({ reason: error.message }, 'desk failed'));
  }

  #release(): void {
    this.#server = undefined;
    this.#address?.release();
    this.#address = undefined;
  }

  async #serve(socket: Socket): Promise<void> {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    // A client that goes away in the middle is no fault of ours.
    socket.on('error', () => undefined);
    socket.setTimeout(IDLE_MS, () => socket.destroy());
    const reader = new LineReader(socket, MAX_REQUEST_BYTES);
    try {
      for (let line = await reader.line(); line !== undefined; line = await reader.line()) {
        const { answer, body } = await this.#answer(line);
        const isRoom = socket.write(`${JSON.stringify(answer)}\n`);
        if (body ? !socket.write(body) : !isRoom) await once(socket, 'drain');
      }
      socket.end();
    } catch {
      socket.destroy();
    }
  }

  async #answer(line: string): Promise<{ answer: DeskAnswer; body?: Buffer | undefined }> {
    try {
      const request = deskRequestSchema.parse(JSON.parse(line));
      if (request.do !== 'body') return { answer: { ok: await this.#do(request) } };
      const body = await this.#options.desk.body(request.id);
      return { answer: { ok: null, bytes: body?.length ?? null }, body };
    } catch (error) {
      return { answer: { error: errorMessage(error) } };
    }
  }

  async #do(request: Exclude<DeskRequest, { do: 'body' }>): Promise<unknown> {
    const { desk, log } = this.#options;
    switch (request.do) {
      case 'status':
        return desk.status();
      case 'recount':
        return desk.recount();
      case 'entries':
        return desk.entries(withoutUndefined(request.query));
      case 'hours':
        return desk.hours(withoutUndefined(request.scope));
      case 'retry':
      case 'drop': {
        const captures = await desk[request.do](request.ids);
        log.info(
          { captures },
          request.do === 'retry' ? 'captures retried by the operator' : 'captures dropped by the operator',
        );
        return captures;
      }
      case 'settle': {
        const settled = await desk.settle(request.settlements);
        log.info({ captures: settled.filter(Boolean).length }, 'captures found stored by an audit');
        return settled;
      }
    }
  }
}

/** An optional key that is left out and one that is undefined are two things to the compiler. */
function withoutUndefined<Value extends object>(
  value: Value,
): { [Key in keyof Value]: Exclude<Value[Key], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== undefined)) as never;
}
