import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../../../test/support/folder.ts';
import { requirePart } from '../../../../test/support/parts.ts';
import { type S3Server, startS3Server } from '../../../../test/support/s3-server.ts';
import { objectKey } from '../../../contract/object-key.ts';
import { sha256Hex } from '../../../contract/sha256.ts';
import { configSchema } from '../../../platform/config/schema.ts';
import { EXIT_CODES } from '../../../platform/exit-codes.ts';
import { createLog } from '../../../platform/log.ts';
import { openListing, openStore } from './open-store.ts';
import { StoreError } from './store-error.ts';
import type { StoredObject, StoreListing } from './store-listing.ts';

const HOUR = 'device=gate-3/camera=door/dt=2026-11-21/hh=05/';
const BYTES = Buffer.from('a face');
const s3Part = requirePart('s3');

let s3: S3Server;
beforeAll(async () => {
  if (s3Part.present) s3 = await startS3Server();
});
afterAll(() => s3?.stop());

interface Subject {
  readonly config: object;
  /** Puts bytes under a key without our code. */
  plant(key: string, bytes: Buffer): Promise<void>;
  dispose(): Promise<void>;
}

const SUBJECTS: Readonly<Record<string, () => Promise<Subject>>> = {
  'a folder': async () => {
    const { path, remove } = temporaryFolder();
    return {
      config: { url: path },
      async plant(key, bytes) {
        await mkdir(dirname(join(path, key)), { recursive: true });
        await writeFile(join(path, key), bytes);
      },
      dispose: async () => remove(),
    };
  },
  'a bucket': async () => {
    await s3.createBucket('listed');
    return {
      config: bucketConfig('listed'),
      async plant(key, body) {
        await fetch(`${s3.url}/listed/faces/${key}`, { method: 'PUT', body: new Uint8Array(body) });
      },
      dispose: async () => undefined,
    };
  },
};

function bucketConfig(bucket: string) {
  return {
    url: `s3://${bucket}/faces`,
    endpoint: s3.url,
    pathStyle: true,
    accessKeyId: 'test',
    secretAccessKey: 'test',
  };
}

const isMissing = (name: string) => name !== 'a folder' && !s3Part.present;

for (const [name, make] of Object.entries(SUBJECTS))
  describe.skipIf(isMissing(name))(isMissing(name) ? `listing ${name} ${s3Part.reason}` : `listing ${name}`, () => {
    let subject: Subject;
    let listing: StoreListing;
    beforeAll(async () => {
      subject = await make();
      const store = await openStore(configSchema.parse({ store: subject.config }).store, 4, silent());
      await store.start();
      await store.probe();
      await store.put(`${HOUR}b.png`, BYTES, { sha256: sha256Hex(BYTES), contentType: 'image/png' });
      await store.stop();
      for (const key of [
        'device=gate-3/camera=door.x/dt=1/hh=1/z.png',
        'device=gate-30/camera=a/dt=1/hh=1/y.png',
        `${HOUR}a.png`,
      ])
        await subject.plant(key, Buffer.from(key));
      listing = await openListing(configSchema.parse({ store: subject.config }).store, 4);
      await listing.start();
    });
    afterAll(async () => {
      await listing.stop();
      await subject.dispose();
    });

    test('shows every object below a prefix once, in order of its keys, with its size', async () => {
      const keys = [
        'device=gate-3/camera=door.x/dt=1/hh=1/z.png',
        `${HOUR}a.png`,
        `${HOUR}b.png`,
        'device=gate-30/camera=a/dt=1/hh=1/y.png',
      ];
      expect((await collect(listing, '')).map(({ key }) => key)).toEqual(keys);
      expect(await collect(listing, 'device=gate-3/camera=door/')).toEqual([
        { key: `${HOUR}a.png`, bytes: Buffer.byteLength(`${HOUR}a.png`) },
        { key: `${HOUR}b.png`, bytes: BYTES.length },
      ]);
      expect(await collect(listing, 'device=nobody/')).toEqual([]);
    });

    test('shows the folders directly below a prefix', async () => {
      expect(await listing.folders('')).toEqual(['device=gate-3', 'device=gate-30']);
      expect(await listing.folders('device=gate-3/')).toEqual(['camera=door.x', 'camera=door']);
      expect(await listing.folders('device=nobody/')).toEqual([]);
    });

    test('tells the hash of an object, noted or read, and of none', async () => {
      expect(await listing.hash(`${HOUR}b.png`, false)).toBe(sha256Hex(BYTES));
      expect(await listing.hash(`${HOUR}b.png`, true)).toBe(sha256Hex(BYTES));
      expect(await listing.hash(`${HOUR}a.png`, false)).toBe(sha256Hex(Buffer.from(`${HOUR}a.png`)));
      expect(await listing.hash(`${HOUR}c.png`, false)).toBeUndefined();
    });

    test('goes on beyond a page', async () => {
      const keys = Array.from({ length: 1_100 }, (_, index) => `device=many/camera=a/dt=1/hh=1/${10_000 + index}.png`);
      for (let at = 0; at < keys.length; at += 50)
        await Promise.all(keys.slice(at, at + 50).map((key) => subject.plant(key, BYTES)));
      expect((await collect(listing, 'device=many/')).map(({ key }) => key)).toEqual(keys);
    });

    test('shows what has the largest of ids as it was put', async () => {
      const id = 'ffffffff-ffff-7fff-bfff-ffffffffffff';
      const key = objectKey({ device: 'mad', camera: 'clock', id }, 'png');
      const store = await openStore(configSchema.parse({ store: subject.config }).store, 4, silent());
      await store.start();
      await store.put(key, BYTES, { sha256: sha256Hex(BYTES), contentType: 'image/png' });
      await store.stop();
      expect(await collect(listing, 'device=mad/')).toEqual([{ key, bytes: BYTES.length }]);
      expect(await listing.hash(key, true)).toBe(sha256Hex(BYTES));
    });

    test('ends when it is told to', async () => {
      await expect(collect(listing, '', AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
    });
  });

test('a folder that is not there is said so, and not made', async () => {
  const { path, remove } = temporaryFolder();
  await rm(path, { recursive: true });
  const listing = await openListing(configSchema.parse({ store: { url: path } }).store, 4);
  await expect(listing.start()).rejects.toMatchObject({ exitCode: EXIT_CODES.environment });
  remove();
});

test.skipIf(!s3Part.present)('a bucket that is not there is a fault of the store, in words', async () => {
  const listing = await openListing(configSchema.parse({ store: bucketConfig('nowhere') }).store, 4);
  await listing.start();
  const fault = await collect(listing, '').catch((error: unknown) => error);
  expect(fault).toBeInstanceOf(StoreError);
  expect((fault as StoreError).message).toContain('the bucket does not exist');
  await listing.stop();
});

function silent() {
  return createLog({ level: 'silent', format: 'json' });
}

async function collect(listing: StoreListing, prefix: string, signal?: AbortSignal): Promise<StoredObject[]> {
  const found: StoredObject[] = [];
  for await (const object of listing.list(prefix, signal)) found.push(object);
  return found;
}
