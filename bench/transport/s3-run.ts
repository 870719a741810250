import { setTimeout as sleep } from 'node:timers/promises';
import { startBroker } from './broker.ts';
import { ChildCalls } from './load/child-calls.ts';
import { type CpuSeconds, cpuMsPerCapture, cpuSecondsOf, type Pids } from './load/cpu-shares.ts';
import { startGenerator, watchReceipts } from './load/programs.ts';
import { runFolder, startService } from './site.ts';

const BYTES = 40_000;
const CONCURRENCY = 64;
const AHEAD = 4 * CONCURRENCY;
const WARM_UP_MS = 4_000;

export interface PutRun {
  readonly perSecond: number;
  readonly cpuMs: CpuSeconds;
}

/** An image-processor on as many captures as it takes. @param latencyMs after which the store answers. */
export async function putByProcessor(latencyMs: number, seconds: number): Promise<PutRun> {
  const folder = runFolder();
  const cloud = await startBroker();
  const server = new ChildCalls(new URL('s3/s3-server-program.ts', import.meta.url));
  const processor = await startService('image-processor', folder.path, {
    SIGHTLINE_CLOUD_BROKER: cloud.url,
    SIGHTLINE_PROCESSOR_CONCURRENCY: String(CONCURRENCY),
    SIGHTLINE_STORE_URL: 's3://bench',
    ...s3Environment(await server.ask<string>('start', latencyMs)),
  });
  const watch = await watchReceipts({ port: cloud.port, device: 'bench', state: 'stored' });
  const generator = await startGenerator({
    ...{ port: cloud.port, isWithReceipts: false, generator: 0, device: 'bench', camera: 'door', bytes: BYTES },
  });
  try {
    await generator.ask('followSink', { creditPort: watch.creditPort, ahead: AHEAD });
    const pids = { 'image-processor': processor.process.pid, 'cloud broker': cloud.pid, S3: server.pid };
    return await measure(watch.program, pids, seconds);
  } finally {
    await generator.stop();
    await watch.program.stop();
    await processor.process.stop();
    await server.stop();
    await cloud.stop();
    folder.remove();
  }
}

/** The SDK alone. */
export async function putBySdk(latencyMs: number, seconds: number): Promise<PutRun> {
  const server = new ChildCalls(new URL('s3/s3-server-program.ts', import.meta.url));
  const loop = new ChildCalls(new URL('s3/sdk-loop-program.ts', import.meta.url));
  try {
    const endpoint = await server.ask<string>('start', latencyMs);
    await loop.ask('start', { endpoint, concurrency: CONCURRENCY, bytes: BYTES });
    return await measure(loop, { SDK: loop.pid, S3: server.pid }, seconds);
  } finally {
    await loop.stop();
    await server.stop();
  }
}

/** What makes a processor talk to an S3 of the bench. */
export function s3Environment(endpoint: string): Readonly<Record<string, string>> {
  return {
    SIGHTLINE_STORE_ENDPOINT: endpoint,
    SIGHTLINE_STORE_PATH_STYLE: 'true',
    SIGHTLINE_STORE_ACCESS_KEY_ID: 'bench',
    SIGHTLINE_STORE_SECRET_ACCESS_KEY: 'bench',
  };
}

async function measure(counter: ChildCalls, pids: Pids, seconds: number): Promise<PutRun> {
  const sample = () => counter.ask<{ atMs: number; captures: number }>('sample');
  await sleep(WARM_UP_MS);
  const before = { ...(await sample()), cpu: cpuSecondsOf(pids) };
  await sleep(seconds * 1000);
  const after = { ...(await sample()), cpu: cpuSecondsOf(pids) };
  const captures = after.captures - before.captures;
  return {
    perSecond: (captures * 1000) / (after.atMs - before.atMs),
    cpuMs: cpuMsPerCapture(before.cpu, after.cpu, captures),
  };
}
