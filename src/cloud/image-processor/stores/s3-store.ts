import { sha256Hex } from '../../../contract/sha256.ts';
import type { Log } from '../../../platform/log.ts';
import { errorMessage } from '../../../platform/sightline-error.ts';
import { withDeadline } from './deadline.ts';
import { checkKey, checkTestKey } from './key.ts';
import type { S3Client } from './s3-client.ts';
import type { ObjectFacts, PutResult, Store } from './store.ts';
import { StoreConflictError, StoreError } from './store-error.ts';

const PUT_TIMEOUT_MS = 30_000;
/** Shorter: nothing waits for its outcome, and the sooner it is asked again, the sooner work goes on. */
const PROBE_TIMEOUT_MS = 10_000;
const PROBE_BYTES = Buffer.from('Sightline asks here whether it may write. This object can be deleted.\n');
const PROBE_FACTS: ObjectFacts = { sha256: sha256Hex(PROBE_BYTES), contentType: 'text/plain' };
/** Another process may delete the probe between our two puts; so often in a row it does not. */
const PROBE_ROUNDS = 3;

export interface S3StoreOptions {
  readonly client: S3Client;
  /** Before every key; empty or without / at its ends. */
  readonly prefix: string;
  readonly address: string;
  readonly log: Log;
}

/** Objects in a bucket, created by conditional puts (`If-None-Match: *`), with their hash in the metadata. */
export class S3Store implements Store {
  readonly address: string;
  readonly #client: S3Client;
  readonly #prefix: string;
  readonly #log: Log;
  /** Does the store refuse a second put? Undefined until it was asked. */
  #isConditional: boolean | undefined;

  constructor({ client, prefix, address, log }: S3StoreOptions) {
    this.address = address;
    this.#client = client;
    this.#prefix = prefix === '' ? '' : `${prefix}/`;
    this.#log = log;
  }

  async start(): Promise<void> {
    this.#client.start();
  }

  async probe(signal?: AbortSignal): Promise<void> {
    await this.#probe(signal);
  }

  async put(key: string, bytes: Buffer, facts: ObjectFacts, signal?: AbortSignal): Promise<PutResult> {
    checkKey(key);
    return withDeadline(
      PUT_TIMEOUT_MS,
      (deadline) => this.#put(`${this.#prefix}${key}`, bytes, facts, deadline),
      signal,
    );
  }

  async read(key: string, signal?: AbortSignal): Promise<Buffer | undefined> {
    checkKey(key);
    const bytes = await withDeadline(
      PUT_TIMEOUT_MS,
      (deadline) => this.#client.get(`${this.#prefix}${key}`, deadline),
      signal,
    );
    return bytes && Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  async removeTest(key: string, signal?: AbortSignal): Promise<void> {
    checkTestKey(key);
    await withDeadline(
      PROBE_TIMEOUT_MS,
      (deadline) => this.#client.delete(`${this.#prefix}${key}`, deadline),
      signal,
    ).catch((error: unknown) => {
      throw isForbidden(error) ? removalForbidden(this.address, error) : error;
    });
  }

  async stop(): Promise<void> {
    this.#client.stop();
  }

  async #put(key: string, bytes: Buffer, facts: ObjectFacts, signal: AbortSignal): Promise<PutResult> {
    if (this.#isConditional === undefined) await this.#probe(signal);
    if (!this.#isConditional && (await this.#holdsSame(key, facts, signal))) return 'exists';
    if (await this.#create(key, bytes, facts, signal)) return 'created';
    if (await this.#holdsSame(key, facts, signal)) return 'exists';
    throw new StoreError(`Expected the object that refused ${key} to be there, but it is gone again`, 'vanished');
  }

  /** False when the store says that there is an object. */
  async #create(key: string, bytes: Buffer, facts: ObjectFacts, signal: AbortSignal): Promise<boolean> {
    try {
      await this.#client.put(key, bytes, { ...facts, ifAbsent: this.#isConditional !== false }, signal);
      return true;
    } catch (error) {
      if (isRefusedAsExisting(error)) return false;
      throw error;
    }
  }

  /** False when there is no object. @throws StoreConflictError when it holds other bytes. */
  async #holdsSame(key: string, { sha256 }: ObjectFacts, signal: AbortSignal): Promise<boolean> {
    const head = await this.#client.head(key, signal);
    if (!head) return false;
    let there = head.sha256;
    if (there === undefined) {
      const bytes = await this.#client.get(key, signal);
      if (!bytes) return false;
      there = sha256Hex(bytes);
    }
    if (there !== sha256) throw new StoreConflictError(key);
    return true;
  }

  /** Each request has its time: a store that is slow with all three can be written to. */
  async #probe(signal?: AbortSignal): Promise<void> {
    const key = `${this.#prefix}.sightline-probe`;
    const wasConditional = this.#isConditional;
    this.#isConditional = await this.#refusesSecondPut(key, signal);
    // Writing is all that is needed; who may not delete leaves one small object.
    const remove = (deadline: AbortSignal) => this.#client.delete(key, deadline);
    await withDeadline(PROBE_TIMEOUT_MS, remove, signal).catch((error: unknown) => {
      this.#log.debug({ key, reason: errorMessage(error) }, 'store probe not deleted');
    });
    if (!this.#isConditional && wasConditional !== false) {
      this.#log.warn(
        { store: this.address },
        'the store overwrites: each object is looked up before it is put, but two different images put under one id at the same moment can not be told apart there',
      );
    }
  }

  async #refusesSecondPut(key: string, signal?: AbortSignal): Promise<boolean> {
    const put = (ifAbsent: boolean) =>
      withDeadline(
        PROBE_TIMEOUT_MS,
        (deadline) => this.#client.put(key, PROBE_BYTES, { ...PROBE_FACTS, ifAbsent }, deadline),
        signal,
      );
    for (let round = 0; round < 2 * PROBE_ROUNDS; round += 1) {
      try {
        await put(true);
      } catch (error) {
        if (isRefusedAsExisting(error) || (error instanceof StoreError && error.status === 409)) return true;
        if (!(error instanceof StoreError) || error.status !== 501) throw error;
        await put(false);
        return false;
      }
    }
    return false;
  }
}

/** 412, and 304 of older MinIO (minio/minio#19442). */
function isRefusedAsExisting(error: unknown): boolean {
  return error instanceof StoreError && (error.status === 412 || error.status === 304);
}

function isForbidden(error: unknown): error is StoreError {
  return error instanceof StoreError && error.status === 403;
}

/** Who may put objects may not always remove them, and the words of a refused put would lead astray. */
function removalForbidden(address: string, cause: StoreError): StoreError {
  return new StoreError(
    `Expected the store (${address}) to remove a test image, it answered 403: these credentials need s3:DeleteObject below the prefix`,
    cause.code,
    { status: 403, cause },
  );
}
