import { Worker } from 'node:worker_threads';
import type { ExitCode } from '../exit-codes.ts';
import { SightlineError } from '../sightline-error.ts';
import type { SpoolSettings } from './protocol.ts';
import type { Opened, RequestType, SpoolEvent, SpoolRequests, SpoolResponses } from './thread-protocol.ts';

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

/** Asks the spool's thread; each answer comes to its question. What it says unasked is passed on. */
export class SpoolThreadClient {
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #lastNumber = 0;
  #isOpen = false;

  /** @throws SightlineError when the folder can't be written, another process has it, or a newer version wrote it. */
  async start(settings: SpoolSettings, onEvent: (event: SpoolEvent) => void): Promise<Opened> {
    const worker = new Worker(new URL('./spool-thread.ts', import.meta.url), {
      workerData: settings,
      execArgv: ['--disable-warning=ExperimentalWarning'],
    });
    this.#worker = worker;
    worker.on('message', (said: Reply | SpoolEvent) => ('event' in said ? onEvent(said) : this.#receive(said)));
    worker.on('error', (error) => this.#failAll(error));
    worker.on('exit', () => {
      // A thread that is gone answers nothing: whoever asks later must hear that at once.
      this.#worker = undefined;
      this.#failAll(new Error('The spool was closed'));
      if (this.#isOpen) onEvent({ event: 'lost', reason: 'Expected the thread of the spool to run, but it has ended' });
    });
    try {
      const opened = await new Promise<Opened>((resolve, reject) => this.#waiting.set(0, { resolve, reject }));
      this.#isOpen = true;
      return opened;
    } catch (error) {
      await worker.terminate();
      throw error;
    }
  }

  async ask<Type extends RequestType>(type: Type, request: SpoolRequests[Type]): Promise<SpoolResponses[Type]> {
    const worker = this.#worker;
    if (!worker) throw new Error('Expected the spool to be open, got one that was closed or never started');
    this.#lastNumber += 1;
    const number = this.#lastNumber;
    return new Promise((resolve, reject) => {
      this.#waiting.set(number, { resolve, reject });
      worker.postMessage({ number, type, request });
    });
  }

  async stop(): Promise<void> {
    if (!this.#worker) return;
    this.#isOpen = false;
    await this.ask('close', {}).catch(() => undefined);
    await this.#worker?.terminate();
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
    for (const { reject } of this.#waiting.values()) reject(cause);
    this.#waiting.clear();
  }
}
