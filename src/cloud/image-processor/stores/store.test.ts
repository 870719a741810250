import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startOverwritingProxy } from '../../../../test/support/overwriting-s3.ts';
import { requirePart } from '../../../../test/support/parts.ts';
import { type S3Server, startS3Server } from '../../../../test/support/s3-server.ts';
import { sha256Hex } from '../../../contract/sha256.ts';
import { configSchema } from '../../../platform/config/schema.ts';
import { createLog } from '../../../platform/log.ts';
import { openStore } from './open-store.ts';
import type { PutResult, Store } from './store.ts';
import { StoreConflictError, StoreError } from './store-error.ts';

const log = createLog({ level: 'silent', format: 'json' });
const CAPTURE_KEY = 'device=gate-3/camera=door/dt=2026-11-21/hh=05/01981f3a-7c00-7abc-8def-0123456789ab.png';

/** A store, and eyes on what is in it that don't use it. */
interface Subject {
  readonly store: Store;
  read(key: string): Promise<{ bytes: Buffer; contentType?: string | null } | undefined>;
  keys(): Promise<string[]>;
  dispose(): Promise<void>;
}

let s3: S3Server;
let overwriting: { url: string; stop(): void };

const s3Part = requirePart('s3');

beforeAll(async () => {
  if (!s3Part.present) return;
  s3 = await startS3Server();
  overwriting = await startOverwritingProxy(s3.url);
});
afterAll(async () => {
  overwriting?.stop();
  await s3?.stop();
});

const SUBJECTS: Readonly<Record<string, () => Promise<Subject>>> = {
  'a folder': async () => {
    const root = await mkdtemp(join(tmpdir(), 'sightline-store-'));
    return {
      store: await open({ url: join(root, 'faces') }),
      read: async (key) => {
        const bytes = await readFile(join(root, 'faces', key)).catch(() => undefined);
        return bytes && { bytes };
      },
      keys: async () => {
        const entries = await readdir(join(root, 'faces'), { recursive: true, withFileTypes: true });
        return entries
          .filter((entry) => entry.isFile())
          .map((entry) => join(entry.parentPath, entry.name).slice(join(root, 'faces').length + 1))
          .sort();
      },
      dispose: () => rm(root, { recursive: true, force: true }),
    };
  },
  'a bucket': () => bucketSubject(s3.url),
  'a bucket of a store that overwrites': () => bucketSubject(overwriting.url),
};

const isMissing = (name: string) => name !== 'a folder' && !s3Part.present;

for (const name of Object.keys(SUBJECTS))
  describe.skipIf(isMissing(name))(isMissing(name) ? `${name} ${s3Part.reason}` : name, () => {
    let subject: Subject;
    let store: Store;
    beforeAll(async () => {
      subject = (await SUBJECTS[name]?.()) as Subject;
      store = subject.store;
      await store.start();
      await store.probe();
    });
    afterAll(async () => {
      await store.stop();
      await subject.dispose();
    });

    test('creates an object, its bytes unchanged, and nothing else', async () => {
      const bytes = randomBytes(40_000);
      expect(await put(store, CAPTURE_KEY, bytes)).toBe('created');
      expect((await subject.read(CAPTURE_KEY))?.bytes).toEqual(bytes);
      expect(await subject.keys()).toEqual([CAPTURE_KEY]);
    });

    test('says that the same bytes exist', async () => {
      const bytes = randomBytes(1000);
      expect(await put(store, 'device=a/again.png', bytes)).toBe('created');
      expect(await put(store, 'device=a/again.png', bytes)).toBe('exists');
    });

    test.each([
      ['of another size', 999],
      ['of the same size', 1000],
    ])('leaves the first object when other bytes %s come', async (which, size) => {
      const key = `device=a/conflict-${size}-${which.length}.png`;
      const first = randomBytes(1000);
      await put(store, key, first);
      await expect(put(store, key, randomBytes(size))).rejects.toBeInstanceOf(StoreConflictError);
      expect((await subject.read(key))?.bytes).toEqual(first);
    });

    test('makes one object of ten puts at once', async () => {
      const bytes = randomBytes(5000);
      const results = await Promise.all(Array.from({ length: 10 }, () => insist(store, 'device=a/race.png', bytes)));
      if (name !== 'a bucket of a store that overwrites') {
        expect(results.toSorted()).toEqual(['created', ...Array<PutResult>(9).fill('exists')]);
      }
      expect((await subject.read('device=a/race.png'))?.bytes).toEqual(bytes);
    });

    // A store that overwrites can't promise it: this is what its warning is about.
    if (name !== 'a bucket of a store that overwrites')
      test('lets one of ten different contents win, whole', async () => {
        const contents = Array.from({ length: 10 }, () => randomBytes(5000));
        const results = await Promise.allSettled(contents.map((bytes) => insist(store, 'device=a/differ.png', bytes)));
        const winners = contents.filter((_, at) => results[at]?.status === 'fulfilled');
        expect(winners).toHaveLength(1);
        for (const result of results)
          if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(StoreConflictError);
        expect((await subject.read('device=a/differ.png'))?.bytes).toEqual(winners[0]);
      });

    test('takes the largest image', async () => {
      const bytes = randomBytes(32 * 2 ** 20);
      expect(await put(store, 'device=a/large.png', bytes)).toBe('created');
      expect(sha256Hex((await subject.read('device=a/large.png'))?.bytes ?? Buffer.alloc(0))).toBe(sha256Hex(bytes));
      expect(await put(store, 'device=a/large.png', bytes)).toBe('exists');
    });

    test('takes an object without bytes', async () => {
      expect(await put(store, 'quarantine/sha256=e3/empty', Buffer.alloc(0))).toBe('created');
      expect(await put(store, 'quarantine/sha256=e3/empty', Buffer.alloc(0))).toBe('exists');
    });

    test('gives back a test image, removes it without a trace, and removes nothing else', async () => {
      const key = 'doctor/device=gate-3/01981f3a-7c00-7abc-8def-0123456789ab';
      const before = await subject.keys();
      const bytes = randomBytes(40_000);
      await put(store, key, bytes);
      expect(await store.read(key)).toEqual(bytes);
      await store.removeTest(key);
      await store.removeTest(key);
      expect(await store.read(key)).toBeUndefined();
      expect(await subject.keys()).toEqual(before);
      expect(await put(store, key, bytes)).toBe('created');
      await store.removeTest(key);
      await put(store, CAPTURE_KEY, Buffer.from('a face')).catch(() => undefined);
      for (const other of [CAPTURE_KEY, 'doctor', 'quarantine/sha256=ab/abc', 'doctor/../x'])
        await expect(store.removeTest(other)).rejects.toBeInstanceOf(RangeError);
      expect(await store.read(CAPTURE_KEY)).toBeDefined();
    });

    test.each([
      '../out.png',
      'a/../../out.png',
      '/etc/out.png',
      'a//b.png',
      '',
      'a/\0.png',
      '.sightline-incoming/x',
      'a/.',
      'ü.png',
    ])('never takes the key %j', async (key) => {
      await expect(put(store, key, Buffer.from('x'))).rejects.toBeInstanceOf(RangeError);
    });

    test('gives up when it is told to', async () => {
      const reason = new Error('enough');
      await expect(put(store, 'device=a/aborted.png', Buffer.from('x'), AbortSignal.abort(reason))).rejects.toBe(
        reason,
      );
      const controller = new AbortController();
      const putting = put(store, 'device=a/aborted-later.png', randomBytes(2 ** 20), controller.signal);
      controller.abort(reason);
      await expect(putting).rejects.toBe(reason);
      expect(await subject.read('device=a/aborted.png')).toBeUndefined();
    });
  });

test.skipIf(!s3Part.present)('a bucket keeps the media type and the hash', async () => {
  const { store, read } = await bucketSubject(s3.url);
  await store.start();
  const bytes = randomBytes(100);
  await store.put('device=a/typed.webp', bytes, { sha256: sha256Hex(bytes), contentType: 'image/webp' });
  expect(await read('device=a/typed.webp')).toEqual({ bytes, contentType: 'image/webp', sha256: sha256Hex(bytes) });
  await store.stop();
});

test.skipIf(!s3Part.present)('a bucket without our hash on an object: its bytes are compared', async () => {
  const subject = await bucketSubject(s3.url);
  const { store, bucket } = subject;
  await store.start();
  await fetch(`${s3.url}/${bucket}/faces/device=a/foreign.png`, { method: 'PUT', body: 'by hand' });
  expect(await put(store, 'device=a/foreign.png', Buffer.from('by hand'))).toBe('exists');
  await expect(put(store, 'device=a/foreign.png', Buffer.from('by hanD'))).rejects.toBeInstanceOf(StoreConflictError);
  await store.stop();
});

let bucketCount = 0;

async function bucketSubject(endpoint: string): Promise<Subject & { bucket: string }> {
  bucketCount += 1;
  const bucket = `bucket-${bucketCount}`;
  await s3.createBucket(bucket);
  return {
    bucket,
    store: await open({
      url: `s3://${bucket}/faces`,
      endpoint,
      pathStyle: true,
      accessKeyId: 'test',
      secretAccessKey: 'test',
    }),
    read: (key) => s3.read(bucket, `faces/${key}`),
    keys: async () => (await s3.keys(bucket)).map((key) => key.slice('faces/'.length)),
    dispose: async () => undefined,
  };
}

function open(store: Record<string, unknown>): Promise<Store> {
  return openStore(configSchema.parse({ store }).store, 16, log);
}

function put(store: Store, key: string, bytes: Buffer, signal?: AbortSignal): Promise<PutResult> {
  return store.put(key, bytes, { sha256: sha256Hex(bytes), contentType: 'image/png' }, signal);
}

/** As callers do: a store may stumble in a race (S3 says 409, moto sometimes 500). */
async function insist(store: Store, key: string, bytes: Buffer): Promise<PutResult> {
  for (let attempt = 0; attempt < 9; attempt += 1) {
    try {
      return await put(store, key, bytes);
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
    }
  }
  return put(store, key, bytes);
}
