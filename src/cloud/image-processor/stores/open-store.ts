import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Config } from '../../../platform/config/schema.ts';
import type { Log } from '../../../platform/log.ts';
import { UsageError } from '../../../platform/sightline-error.ts';
import { FolderListing } from './folder-listing.ts';
import { FolderStore } from './folder-store.ts';
import type { Store } from './store.ts';
import type { StoreListing } from './store-listing.ts';

export type StoreLocation =
  | { readonly type: 'folder'; readonly path: string }
  | { readonly type: 's3'; readonly bucket: string; readonly prefix: string };

/** Amazon S3 user guide, "General purpose bucket naming rules"; compatible stores also take _ and capitals. */
const S3_URL = /^s3:\/\/([A-Za-z0-9][\w.-]{1,61}[A-Za-z0-9])(?:\/(.*))?$/;
const PREFIX = /^[\w!.*'()=-]+(\/[\w!.*'()=-]+)*$/;
const MIN_BUCKET_LETTERS = 3;
const MAX_BUCKET_LETTERS = 63;
const HINT = 'Name a folder (./faces), file:///srv/faces or s3://bucket/prefix with store.url or --store.';

/**
 * Where a store is, from its URL.
 * @param url A folder (absolute, or relative to the working directory), `file:///folder` or `s3://bucket/prefix`.
 * @throws UsageError
 */
export function parseStoreUrl(url: string): StoreLocation {
  if (url.startsWith('s3:')) return parseS3(url);
  if (url.startsWith('file:')) return folderAt(filePath(url));
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(url)) {
    throw new UsageError(`store.url: Expected a folder, file:// or s3://, got ${JSON.stringify(scheme(url))}`, HINT);
  }
  if (url.trim() === '' || url.includes('\0')) throw new UsageError('store.url: Expected a folder, got nothing', HINT);
  return folderAt(url);
}

/**
 * The store that is configured; not started.
 * @param concurrency Puts at the same time.
 * @throws UsageError
 */
export async function openStore(config: Config['store'], concurrency: number, log: Log): Promise<Store> {
  const location = parseStoreUrl(config.url);
  if (location.type === 'folder') return new FolderStore(location.path);
  // The SDK takes a third of a second and 30 MB to load: only who needs it pays.
  const [{ S3Client }, { S3Store }] = await Promise.all([import('./s3-client.ts'), import('./s3-store.ts')]);
  const { bucket, prefix } = location;
  const client = new S3Client({ bucket, config, maxSockets: concurrency + 4 });
  return new S3Store({ client, prefix, address: s3Address(bucket, prefix), log });
}

/**
 * To read what is in the store that is configured; not started.
 * @param concurrency Requests at the same time.
 * @throws UsageError
 */
export async function openListing(config: Config['store'], concurrency: number): Promise<StoreListing> {
  const location = parseStoreUrl(config.url);
  if (location.type === 'folder') return new FolderListing(location.path);
  const [{ S3Client }, { S3Listing }] = await Promise.all([import('./s3-client.ts'), import('./s3-listing.ts')]);
  const { bucket, prefix } = location;
  const client = new S3Client({ bucket, config, maxSockets: concurrency + 4 });
  return new S3Listing({ client, prefix, address: s3Address(bucket, prefix) });
}

function s3Address(bucket: string, prefix: string): string {
  return `s3://${bucket}${prefix && `/${prefix}`}`;
}

function parseS3(url: string): StoreLocation {
  const letters = /^s3:\/\/([\w.-]+)(?:\/|$)/.exec(url)?.[1]?.length;
  if (letters !== undefined && (letters < MIN_BUCKET_LETTERS || letters > MAX_BUCKET_LETTERS)) {
    const expected = `a bucket's name of ${MIN_BUCKET_LETTERS} to ${MAX_BUCKET_LETTERS} characters after s3://`;
    throw new UsageError(`store.url: Expected ${expected}, got one of ${letters}`, HINT);
  }
  const [, bucket, path = ''] = S3_URL.exec(url) ?? [];
  const prefix = path.replace(/\/+$/, '');
  const isPlain = prefix === '' || (PREFIX.test(prefix) && !/(^|\/)\.\.?(\/|$)/.test(prefix));
  if (bucket === undefined || !isPlain) {
    // What stands there may hold a secret of somebody who tried s3://key:secret@bucket.
    throw new UsageError('store.url: Expected s3://bucket or s3://bucket/prefix, got something else after s3:', HINT);
  }
  return { type: 's3', bucket, prefix };
}

function filePath(url: string): string {
  try {
    return fileURLToPath(url);
  } catch {
    throw new UsageError(`store.url: Expected file:///folder with an absolute path, got ${JSON.stringify(url)}`, HINT);
  }
}

function folderAt(name: string): StoreLocation {
  const path = resolve(name);
  if (path === '/') throw new UsageError('store.url: Expected a folder below /, got / itself', HINT);
  return { type: 'folder', path };
}

function scheme(url: string): string {
  return `${url.split('://')[0]}://…`;
}
