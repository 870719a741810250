import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

type Methods = Readonly<Record<string, (argument: never) => unknown>>;

interface Call {
  readonly number: number;
  readonly method: string;
  readonly argument: unknown;
}

interface Answer {
  readonly number: number;
  readonly result?: unknown;
  readonly error?: string;
}

/** In a program of the bench: answers the calls of the process that started it, until that ends. */
export function answerCalls(methods: Methods): void {
  process.on('message', async ({ number, method, argument }: Call) => {
    try {
      process.send?.({ number, result: await methods[method]?.(argument as never) });
    } catch (error) {
      process.send?.({ number, error: error instanceof Error ? error.message : String(error) });
    }
  });
  process.once('disconnect', () => process.exit());
}

/** A program of the bench in a process of its own, that can be asked. */
export class ChildCalls {
  readonly pid: number;
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  #lastNumber = 0;

  /** @param program URL of a file that calls answerCalls. */
  constructor(program: URL) {
    this.#child = fork(fileURLToPath(program), { execArgv: ['--disable-warning=ExperimentalWarning'] });
    this.pid = this.#child.pid ?? 0;
    this.#child.on('message', ({ number, result, error }: Answer) => {
      const waiting = this.#waiting.get(number);
      this.#waiting.delete(number);
      if (error === undefined) waiting?.resolve(result);
      else waiting?.reject(new Error(error));
    });
    this.#child.once('exit', () => {
      for (const { reject } of this.#waiting.values()) reject(new Error(`Expected ${program.pathname} to go on`));
    });
  }

  async ask<Result>(method: string, argument?: unknown): Promise<Result> {
    this.#lastNumber += 1;
    const waiting = Promise.withResolvers<unknown>();
    this.#waiting.set(this.#lastNumber, waiting);
    this.#child.send({ number: this.#lastNumber, method, argument });
    return waiting.promise as Promise<Result>;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill('SIGKILL');
    await once(this.#child, 'exit');
  }
}
