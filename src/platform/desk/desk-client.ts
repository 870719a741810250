import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { EXIT_CODES } from '../exit-codes.ts';
import { errorMessage, SightlineError, systemErrorCode } from '../sightline-error.ts';
import type { EntryPage, EntryQuery, HourCounts, LedgerScope, Settlement } from '../spool/protocol.ts';
import { deskAddress } from './desk-address.ts';
import type { DeskAnswer, DeskRequest } from './desk-request.ts';
import { LineReader } from './line-reader.ts';
import type { DeskStatus, SpoolDesk } from './spool-desk.ts';

/** A page of rows, or the hours of some years. */
const MAX_ANSWER_BYTES = 256 * 2 ** 20;
/** A spool of millions of rows takes its time to count them. */
const ANSWER_TIMEOUT_MS = 300_000;

/** The desk of a spool that a running service holds; one request at a time. */
export class DeskClient implements SpoolDesk {
  readonly #socket: Socket;
  readonly #reader: LineReader;
  #last: Promise<unknown> = Promise.resolve();

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.#reader = new LineReader(socket, MAX_ANSWER_BYTES);
    socket.setTimeout(ANSWER_TIMEOUT_MS, () => socket.destroy(new Error('it does not answer')));
    // Told to whoever waits for an answer.
    socket.on('error', () => undefined);
  }

  /**
   * Undefined when nobody holds the spool of this folder, or its holder has no desk.
   * @throws SightlineError when this user may not ask.
   */
  static async connect(folder: string): Promise<DeskClient | undefined> {
    const address = deskAddress(folder);
    const socket = connect(address.path);
    try {
      await once(socket, 'connect');
      return new DeskClient(socket);
    } catch (cause) {
      const code = systemErrorCode(cause);
      if (code === 'ENOENT' || code === 'ECONNREFUSED' || code === 'ENOTDIR') return undefined;
      throw new SightlineError(
        `Expected to reach the service that holds the spool at ${address.file}, got ${errorMessage(cause)}`,
        {
          hint: "Run it as the service's own user, or as root.",
          exitCode: EXIT_CODES.environment,
          cause,
        },
      );
    } finally {
      address.release();
    }
  }

  async status(): Promise<DeskStatus> {
    return this.#ask({ do: 'status' });
  }

  async recount(): Promise<DeskStatus> {
    return this.#ask({ do: 'recount' });
  }

  async entries(query: EntryQuery): Promise<EntryPage> {
    return this.#ask({ do: 'entries', query: query as never });
  }

  async hours(scope: LedgerScope): Promise<readonly HourCounts[]> {
    return this.#ask({ do: 'hours', scope });
  }

  async body(id: string): Promise<Buffer | undefined> {
    return this.#inTurn(async () => {
      const answer = await this.#exchange({ do: 'body', id });
      return typeof answer.bytes === 'number' ? this.#reader.bytes(answer.bytes) : undefined;
    });
  }

  async retry(ids: readonly string[]): Promise<number> {
    return this.#ask({ do: 'retry', ids: [...ids] });
  }

  async drop(ids: readonly string[]): Promise<number> {
    return this.#ask({ do: 'drop', ids: [...ids] });
  }

  async settle(settlements: readonly Settlement[]): Promise<readonly boolean[]> {
    return this.#ask({ do: 'settle', settlements: settlements as never });
  }

  close(): void {
    this.#socket.destroy();
  }

  async #ask<Result>(request: DeskRequest): Promise<Result> {
    return this.#inTurn(async () => (await this.#exchange(request)).ok as Result);
  }

  async #exchange(request: DeskRequest): Promise<Exclude<DeskAnswer, { error: string }>> {
    this.#socket.write(`${JSON.stringify(request)}\n`);
    const line = await this.#reader.line().catch((cause: unknown) => {
      throw lost(errorMessage(cause), cause);
    });
    if (line === undefined) throw lost('it hung up');
    const answer = JSON.parse(line) as DeskAnswer;
    if ('error' in answer)
      throw new SightlineError(`The service that holds the spool could not do it: ${answer.error}`);
    return answer;
  }

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = this.#last.catch(() => undefined).then(work);
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}

function lost(why: string, cause?: unknown): SightlineError {
  return new SightlineError(`Expected an answer from the service that holds the spool, but ${why}`, {
    hint: 'It was stopped, perhaps: try again.',
    exitCode: EXIT_CODES.environment,
    cause,
  });
}
