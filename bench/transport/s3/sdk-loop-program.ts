import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { captureMould } from '../load/capture-mould.ts';
import { answerCalls } from '../load/child-calls.ts';

export interface SdkLoopOptions {
  readonly endpoint: string;
  readonly concurrency: number;
  readonly bytes: number;
}

let puts = 0;

/** The least that a writer to S3 can be: the SDK, one picture over and over under new keys, so many at a time. */
answerCalls({
  async start({ endpoint, concurrency, bytes }: SdkLoopOptions) {
    const { bytes: body } = await captureMould(bytes, 'bench', 'door');
    const client = new S3Client({
      endpoint,
      region: 'us-east-1',
      forcePathStyle: true,
      credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' },
      maxAttempts: 1,
      requestChecksumCalculation: 'WHEN_REQUIRED',
      requestHandler: { httpAgent: { keepAlive: true, maxSockets: concurrency } },
    });
    const write = async (lane: number) => {
      for (let n = 0; ; n += 1) {
        const Key = `${lane}/${n}.png`;
        await client.send(
          new PutObjectCommand({ Bucket: 'bench', Key, Body: body, ContentType: 'image/png', IfNoneMatch: '*' }),
        );
        puts += 1;
      }
    };
    for (let lane = 0; lane < concurrency; lane += 1) void write(lane);
  },
  sample: () => ({ atMs: performance.timeOrigin + performance.now(), captures: puts }),
});
