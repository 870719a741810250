import { Worker } from 'node:worker_threads';
import type { ExitCode } from '../exit-codes.ts';
import { SightlineError } from '../sightline-error.ts';
import type {
  PutResult,
  ReadQuery,
  Settlement,
  SpoolCapture,
  SpoolChange,
  SpooledCapture,
  SpoolRequest,
  SpoolResponses,
  SpoolSettings,
  SpoolStatus,
} from './protocol.ts';

/** Changes of one transaction, at most. */
const MAX_GROUP = 32;

interface Waiting {
  readonly resolve: (value: never) => void;
  readonly reject: (cause: Error) => void;
}

interface Reply {
  readonly number: number;
  readonly response?: unknown;
  readonly error?: string;
  readonly hint?: string;
  readonly exitCode?: ExitCode;
}

/**
 * A durable keeper of captures: SQLite in a thread of its own, each promise resolved only after its transaction was synced to disk.
 * Changes that come while a transaction is being written share the next one.
 */
export class Spool {
  readonly #settings: SpoolSettings;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #lastNumber = 0;
  #group: { change: SpoolChange; waiting: Waiting }[] = [];
  #isCommitting = false;
  #status: SpoolStatus | undefined;

  constructor(settings: SpoolSettings) {
    this.#settings = settings;
  }

  /**
   * Opens the spool. Resolves with where an unreadable database was moved, if there was one.
   * @throws SightlineError when the folder can't be written, another process has it, or a newer version wrote it.
   */
  async start(): Promise<string | undefined> {
    const worker = new Worker(new URL('./spool-thread.ts', import.meta.url), {
      workerData: this.#settings,
      execArgv: ['--disable-warning=ExperimentalWarning'],
    });
    this.#worker = worker;
    worker.on('message', (reply: Reply) => this.#receive(reply));
    worker.on('error', (error) => this.#failAll(error));
    worker.on('exit', () => {
      // A thread that is gone answers nothing: whoever asks later must hear that at once.
      this.#worker = undefined;
      this.#failAll(new Error('The spool was closed'));
    });
    const opened = await new Promise<{ status: SpoolStatus; movedAside?: string }>((resolve, reject) => {
      this.#waiting.set(0, { resolve, reject });
    }).catch(async (error: unknown) => {
      await worker.terminate();
      throw error;
    });
    this.#status = opened.status;
    return opened.movedAside;
  }

  /** As of the last transaction. */
  get status(): SpoolStatus {
    if (!this.#status) throw new Error('Expected the spool to be started');
    return this.#status;
  }

  /** Keeps a capture. Resolves when it is on disk. The body is copied. */
  async put(capture: SpoolCapture): Promise<PutResult> {
    // A view of a larger buffer would drag all of it to the other thread.
    return this.#change({ type: 'put', capture: { ...capture, body: new Uint8Array(capture.body) } });
  }

  /** Ends a capture's custody. Resolves with false when its row says otherwise: unknown, other bytes, settled before. */
  async settle(settlement: Settlement): Promise<boolean> {
    return this.#change({ type: 'settle', settlement });
  }

  async markSent(ids: readonly string[]): Promise<void> {
    await this.#change({ type: 'sent', ids });
  }

  async read(query: ReadQuery): Promise<readonly SpooledCapture[]> {
    return this.#ask({ type: 'read', query });
  }

  /** Devices of which something is pending. */
  async devices(): Promise<readonly string[]> {
    return this.#ask({ type: 'devices' });
  }

  async stop(): Promise<void> {
    if (!this.#worker) return;
    await this.#ask({ type: 'close' }).catch(() => undefined);
    await this.#worker?.terminate();
  }

  async #change<Result>(change: SpoolChange): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      this.#group.push({ change, waiting: { resolve, reject } });
      if (!this.#isCommitting) void this.#commitGroups();
    });
  }

  async #commitGroups(): Promise<void> {
    this.#isCommitting = true;
    // Lets everything that is being read from a socket right now into the same transaction.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#group.length > 0) {
      const group = this.#group.splice(0, MAX_GROUP);
      try {
        const { results, status } = await this.#ask({ type: 'commit', changes: group.map(({ change }) => change) });
        this.#status = status;
        for (const [index, { waiting }] of group.entries()) waiting.resolve(results[index] as never);
      } catch (error) {
        for (const { waiting } of group) waiting.reject(error as Error);
      }
    }
    this.#isCommitting = false;
  }

  async #ask<Type extends SpoolRequest['type']>(
    request: SpoolRequest & { readonly type: Type },
  ): Promise<SpoolResponses[Type]> {
    const worker = this.#worker;
    if (!worker) throw new Error('Expected the spool to be open, got one that was closed or never started');
    this.#lastNumber += 1;
    const number = this.#lastNumber;
    return new Promise((resolve, reject) => {
      this.#waiting.set(number, { resolve, reject });
      worker.postMessage({ number, request }, bodiesOf(request));
    });
  }

  #receive({ number, response, error, hint, exitCode }: Reply): void {
    const waiting = this.#waiting.get(number);
    this.#waiting.delete(number);
    if (error === undefined) waiting?.resolve(response as never);
    else
      waiting?.reject(
        new SightlineError(error, { ...(hint ? { hint } : {}), ...(exitCode === undefined ? {} : { exitCode }) }),
      );
  }

  #failAll(cause: Error): void {
    for (const waiting of this.#waiting.values()) waiting.reject(cause);
    this.#waiting.clear();
    for (const { waiting } of this.#group.splice(0)) waiting.reject(cause);
  }
}

/** Bodies are handed over to the thread, not copied again. */
function bodiesOf(request: SpoolRequest): ArrayBuffer[] {
  if (request.type !== 'commit') return [];
  return request.changes.flatMap((change) => (change.type === 'put' ? [change.capture.body.buffer] : []));
}
