import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client as SdkClient,
} from '@aws-sdk/client-s3';
import type { Config } from '../../../platform/config/schema.ts';
import { type S3Place, s3Fault } from './s3-fault.ts';
import type { ObjectFacts } from './store.ts';

/** Metadata under which the hash of an object travels (`x-amz-meta-sha256`). */
const HASH_METADATA = 'sha256';

export interface S3ClientOptions {
  readonly bucket: string;
  readonly config: Pick<Config['store'], 'endpoint' | 'region' | 'pathStyle' | 'accessKeyId' | 'secretAccessKey'>;
  /** Connections kept; puts beyond it would queue inside the SDK, where timeouts don't count. */
  readonly maxSockets: number;
}

/** What to list, and from where on. */
export interface S3ListQuery {
  readonly prefix: string;
  /** Only what is directly below the prefix: everything deeper counts as its folder. */
  readonly isByFolder: boolean;
  readonly continuation: string | undefined;
}

export interface S3Page {
  readonly objects: readonly { readonly key: string; readonly bytes: number }[];
  /** Whole prefixes, ending in `/`. */
  readonly folders: readonly string[];
  readonly next: string | undefined;
}

/**
 * The requests that a store needs. Every fault comes out as a StoreError. The SDK's own retries are off: who puts decides, and
 * its timeouts, none by default, are set.
 */
export class S3Client {
  readonly #options: S3ClientOptions;
  readonly #place: S3Place;
  #sdk: SdkClient | undefined;

  constructor(options: S3ClientOptions) {
    this.#options = options;
    const { endpoint, region } = options.config;
    this.#place = { bucket: options.bucket, endpoint: endpoint && new URL(endpoint).origin, region };
  }

  start(): void {
    const { config, maxSockets } = this.#options;
    const { endpoint, region, pathStyle, accessKeyId, secretAccessKey } = config;
    this.#sdk = new SdkClient({
      ...(endpoint === undefined ? {} : { endpoint }),
      // S3-compatible stores want some region in the signature and mostly don't care which.
      ...(region === undefined ? (endpoint === undefined ? {} : { region: 'us-east-1' }) : { region }),
      ...(accessKeyId === undefined || secretAccessKey === undefined
        ? {}
        : { credentials: { accessKeyId, secretAccessKey } }),
      forcePathStyle: pathStyle,
      maxAttempts: 1,
      // Since 3.729 the SDK adds CRC32 trailers that many S3-compatible stores refuse; SHA-256 is sent as a plain header.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      requestHandler: {
        connectionTimeout: 3_000,
        requestTimeout: 20_000,
        throwOnRequestTimeout: true,
        httpAgent: { keepAlive: true, maxSockets },
        httpsAgent: { keepAlive: true, maxSockets },
      },
    });
  }

  /** @param ifAbsent Refused with status 412 when there is an object (RFC 9110 §13.1.2). @throws StoreError */
  async put(
    key: string,
    bytes: Buffer,
    { sha256, contentType, ifAbsent }: ObjectFacts & { readonly ifAbsent: boolean },
    signal: AbortSignal,
  ): Promise<void> {
    const command = new PutObjectCommand({
      ...this.#at(key),
      Body: bytes,
      ContentType: contentType,
      ContentLength: bytes.length,
      ChecksumSHA256: Buffer.from(sha256, 'hex').toString('base64'),
      Metadata: { [HASH_METADATA]: sha256 },
      ...(ifAbsent ? { IfNoneMatch: '*' } : {}),
    });
    await this.#request((sdk) => sdk.send(command, { abortSignal: signal }));
  }

  /** The hash in an object's metadata (undefined where it has none), or undefined when there is no object. @throws StoreError */
  async head(key: string, signal: AbortSignal): Promise<{ readonly sha256: string | undefined } | undefined> {
    return this.#unlessAbsent(async (sdk) => {
      const { Metadata } = await sdk.send(new HeadObjectCommand(this.#at(key)), { abortSignal: signal });
      return { sha256: Metadata?.[HASH_METADATA] };
    });
  }

  /** The object's bytes, or undefined when there is none. @throws StoreError */
  async get(key: string, signal: AbortSignal): Promise<Uint8Array | undefined> {
    return this.#unlessAbsent(async (sdk) => {
      const { Body } = await sdk.send(new GetObjectCommand(this.#at(key)), { abortSignal: signal });
      return (await Body?.transformToByteArray()) ?? new Uint8Array();
    });
  }

  /** @throws StoreError */
  async delete(key: string, signal: AbortSignal): Promise<void> {
    await this.#request((sdk) => sdk.send(new DeleteObjectCommand(this.#at(key)), { abortSignal: signal }));
  }

  /** At most a thousand objects, in order of their keys. @throws StoreError */
  async list({ prefix, isByFolder, continuation }: S3ListQuery, signal: AbortSignal): Promise<S3Page> {
    const command = new ListObjectsV2Command({
      Bucket: this.#options.bucket,
      Prefix: prefix,
      ...(isByFolder ? { Delimiter: '/' } : {}),
      ...(continuation === undefined ? {} : { ContinuationToken: continuation }),
    });
    const answer = await this.#request((sdk) => sdk.send(command, { abortSignal: signal }));
    return {
      objects: (answer.Contents ?? []).map(({ Key = '', Size = 0 }) => ({ key: Key, bytes: Size })),
      folders: (answer.CommonPrefixes ?? []).map(({ Prefix = '' }) => Prefix),
      next: answer.IsTruncated ? answer.NextContinuationToken : undefined,
    };
  }

  stop(): void {
    this.#sdk?.destroy();
    this.#sdk = undefined;
  }

  #at(key: string) {
    return { Bucket: this.#options.bucket, Key: key };
  }

  async #unlessAbsent<Result>(request: (sdk: SdkClient) => Promise<Result>): Promise<Result | undefined> {
    try {
      return await this.#request(request);
    } catch (error) {
      const { status, code } = s3Fault(this.#place, error);
      if (status === 404 && code !== 'NoSuchBucket') return undefined;
      throw error;
    }
  }

  async #request<Result>(request: (sdk: SdkClient) => Promise<Result>): Promise<Result> {
    if (!this.#sdk) throw new Error('Expected the S3 client to be started');
    try {
      return await request(this.#sdk);
    } catch (error) {
      throw s3Fault(this.#place, error);
    }
  }
}
