import { sha256Hex } from '../../../contract/sha256.ts';
import { withDeadline } from './deadline.ts';
import type { S3Client, S3Page } from './s3-client.ts';
import { StoreError } from './store-error.ts';
import type { StoredObject, StoreListing } from './store-listing.ts';

const REQUEST_TIMEOUT_MS = 30_000;
/** A listing of many pages must not end at one that stumbled. */
const ATTEMPTS = 4;

export interface S3ListingOptions {
  readonly client: S3Client;
  /** Before every key; empty or without / at its ends. */
  readonly prefix: string;
  readonly address: string;
}

/** The objects of a bucket, a page of a thousand at a time. */
export class S3Listing implements StoreListing {
  readonly address: string;
  readonly #client: S3Client;
  readonly #prefix: string;

  constructor({ client, prefix, address }: S3ListingOptions) {
    this.address = address;
    this.#client = client;
    this.#prefix = prefix === '' ? '' : `${prefix}/`;
  }

  async start(): Promise<void> {
    this.#client.start();
  }

  async folders(prefix: string, signal?: AbortSignal): Promise<readonly string[]> {
    const base = `${this.#prefix}${prefix}`;
    const found: string[] = [];
    for await (const { folders } of this.#pages(base, true, signal))
      found.push(...folders.map((folder) => folder.slice(base.length, -1)));
    return found;
  }

  async *list(prefix: string, signal?: AbortSignal): AsyncIterable<StoredObject> {
    for await (const { objects } of this.#pages(`${this.#prefix}${prefix}`, false, signal)) {
      for (const { key, bytes } of objects) {
        const ours = key.slice(this.#prefix.length);
        // Names with a dot in front are the store's own; a key that ends in / is what some programs make for a folder.
        if (!ours.startsWith('.') && !ours.endsWith('/')) yield { key: ours, bytes };
      }
    }
  }

  async hash(key: string, isRead: boolean, signal?: AbortSignal): Promise<string | undefined> {
    const whole = `${this.#prefix}${key}`;
    const head = await this.#insist((deadline) => this.#client.head(whole, deadline), signal);
    if (!head || (head.sha256 !== undefined && !isRead)) return head?.sha256;
    const bytes = await this.#insist((deadline) => this.#client.get(whole, deadline), signal);
    return bytes && sha256Hex(bytes);
  }

  async stop(): Promise<void> {
    this.#client.stop();
  }

  async *#pages(prefix: string, isByFolder: boolean, signal: AbortSignal | undefined): AsyncIterable<S3Page> {
    let next: string | undefined;
    do {
      const page = await this.#insist(
        (deadline) => this.#client.list({ prefix, isByFolder, continuation: next }, deadline),
        signal,
      );
      yield page;
      next = page.next;
    } while (next !== undefined);
  }

  /** Reading again is always safe. What was refused stays refused. */
  async #insist<Result>(
    request: (deadline: AbortSignal) => Promise<Result>,
    signal: AbortSignal | undefined,
  ): Promise<Result> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await withDeadline(REQUEST_TIMEOUT_MS, request, signal);
      } catch (error) {
        const isWorthIt =
          error instanceof StoreError && (error.status === undefined || error.status >= 500 || error.status === 429);
        if (signal?.aborted || !isWorthIt || attempt === ATTEMPTS) throw explain(error);
      }
    }
  }
}

/** Who may put objects may not always list them, and the words of a refused put would lead astray. */
function explain(error: unknown): unknown {
  if (!(error instanceof StoreError) || error.status !== 403) return error;
  return new StoreError(
    `${error.message.split(': ')[0]}: to read the store, these credentials need s3:ListBucket on the bucket and s3:GetObject below the prefix`,
    error.code,
    { status: 403, cause: error },
  );
}
