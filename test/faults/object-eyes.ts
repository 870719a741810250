import { join } from 'node:path';
import { type MoodyS3, startMoodyS3 } from '../support/moody-s3.ts';
import { type S3Server, startS3Server } from '../support/s3-server.ts';
import { storedFiles } from '../support/stored-files.ts';

export type StoreKind = 'folder' | 's3' | 'moody';

export interface StoredBytes {
  readonly key: string;
  readonly bytes: Buffer;
}

/** A store for image-processors, and eyes on it that use none of our code. */
export interface StageStore {
  /** Lines of sightline.yaml below `store:`. */
  readonly config: Readonly<Record<string, string | boolean>>;
  /** The server of a bucket, undefined for a folder. */
  readonly port: number | undefined;
  readonly moody: MoodyS3 | undefined;
  readonly s3: S3Server | undefined;
  objects(): Promise<readonly StoredBytes[]>;
  stop(): Promise<void>;
}

const BUCKET = 'faces';
const credentials = { accessKeyId: 'test', secretAccessKey: 'test-secret' };

/** @param folder Where a folder store is, and a path for nothing else. */
export async function startStageStore(kind: StoreKind, folder: string): Promise<StageStore> {
  if (kind === 'folder') {
    const path = join(folder, 'faces');
    return {
      config: { url: path },
      port: undefined,
      moody: undefined,
      s3: undefined,
      objects: async () => storedFiles(path).filter(({ key }) => !key.startsWith('.')),
      stop: async () => undefined,
    };
  }
  const s3 = kind === 's3' ? await startS3Server() : undefined;
  const moody = kind === 'moody' ? await startMoodyS3('works') : undefined;
  await s3?.createBucket(BUCKET);
  return {
    config: { url: `s3://${BUCKET}/site`, region: 'us-east-1', pathStyle: true, ...credentials },
    port: Number(new URL(s3?.url ?? moody?.url ?? '').port),
    moody,
    s3,
    async objects() {
      const all = s3 ? await bucketObjects(s3) : moodyObjects(moody as MoodyS3);
      return all.filter(({ key }) => !key.includes('.sightline-'));
    },
    async stop() {
      moody?.stop();
      await s3?.stop();
    },
  };
}

async function bucketObjects(s3: S3Server): Promise<StoredBytes[]> {
  const keys = await s3.keys(BUCKET);
  if (keys.length >= 1000) throw new Error('Expected fewer than 1,000 objects: a page of the list holds no more');
  return Promise.all(
    keys.map(async (key) => ({
      key: key.slice('site/'.length),
      bytes: (await s3.read(BUCKET, key))?.bytes ?? Buffer.alloc(0),
    })),
  );
}

function moodyObjects(moody: MoodyS3): StoredBytes[] {
  return [...moody.objects].map(([path, bytes]) => ({
    key: decodeURIComponent(path).slice(`/${BUCKET}/site/`.length),
    bytes,
  }));
}
