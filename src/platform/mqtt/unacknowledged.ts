import { LinkDownError } from './link-errors.ts';

type Done<Result> = (error: Error | null | undefined, result?: Result) => void;

/** What the broker has not acknowledged yet: it fails when the connection ends, and nothing is begun after that. */
export class Unacknowledged {
  readonly #waiting = new Set<(cause: Error) => void>();
  #isOpen = true;

  /**
   * Resolves with what `start` is done with.
   * @throws LinkDownError when it fails, or the connection ends first.
   */
  async settle<Result>(start: (done: Done<Result>) => void): Promise<Result> {
    if (!this.#isOpen) throw new LinkDownError('Expected a connection to the broker, got none');
    return new Promise((resolve, reject) => {
      this.#waiting.add(reject);
      start((error, result) => {
        this.#waiting.delete(reject);
        if (error) reject(new LinkDownError(error.message));
        else resolve(result as Result);
      });
    });
  }

  /** The connection has ended. */
  end(detail: string): void {
    this.#isOpen = false;
    for (const fail of this.#waiting) fail(new LinkDownError(`Connection lost: ${detail}`));
    this.#waiting.clear();
  }
}
