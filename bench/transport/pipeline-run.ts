import { readdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../../test/support/eventually.ts';
import { startBroker } from './broker.ts';
import { type CpuSeconds, cpuMsPerCapture, cpuSecondsOf } from './load/cpu-shares.ts';
import type { GeneratorSample } from './load/generator-program.ts';
import { startGenerator, watchReceipts } from './load/programs.ts';
import type { SinkSample } from './load/sink-program.ts';
import { type Environment, runFolder, startService } from './site.ts';

/** Captures published and not yet stored, at most. */
const AHEAD = 500;
const WARM_UP_MS = 5_000;
const PACED_SECONDS = 20;
const SETTLE_MS = 120_000;

export interface PipelineRun {
  readonly perSecond: number;
  /** The slowest of its seconds. */
  readonly slowestSecond: number;
  readonly cpuMs: CpuSeconds;
  /** From publish to `stored` receipt, at the pace asked for. */
  readonly latenciesMs: readonly number[];
  readonly published: number;
  /** Files in the store at the end. */
  readonly objects: number;
}

/**
 * Two brokers, a forwarder, an image-processor and a folder: first as much as they carry, then a steady pace.
 * @param pace captures a second.
 */
export async function runPipeline(
  bytes: number,
  seconds: number,
  pace: number,
  environment: Environment = {},
): Promise<PipelineRun> {
  const folder = runFolder();
  const edge = await startBroker();
  const cloud = await startBroker();
  const common = {
    SIGHTLINE_EDGE_BROKER: edge.url,
    SIGHTLINE_CLOUD_BROKER: cloud.url,
    SIGHTLINE_SPOOL_PATH: folder.spool,
    SIGHTLINE_STORE_URL: folder.store,
    ...environment,
  };
  const processor = await startService('image-processor', folder.path, common);
  const forwarder = await startService('forwarder', folder.path, common);
  const watch = await watchReceipts({ port: cloud.port, device: 'bench', state: 'stored' });
  const generator = await startGenerator({
    ...{ port: edge.port, isWithReceipts: false, generator: 0, device: 'bench', camera: 'door', bytes },
  });
  const stored = () => watch.program.ask<SinkSample>('sample');
  const published = async () => (await generator.ask<GeneratorSample>('sample')).published;
  const pids = {
    generator: generator.pid,
    'edge broker': edge.pid,
    forwarder: forwarder.process.pid,
    'cloud broker': cloud.pid,
    'image-processor': processor.process.pid,
  };
  const allStored = async () => {
    await generator.ask('rest');
    const wanted = await published();
    await eventually(
      async () => (await stored()).captures,
      (captures) => captures === wanted,
      SETTLE_MS,
    );
  };
  try {
    await generator.ask('followSink', { creditPort: watch.creditPort, ahead: AHEAD });
    await sleep(WARM_UP_MS);
    const cpu = cpuSecondsOf(pids);
    const before = await stored();
    let last = before;
    let slowestSecond = Number.POSITIVE_INFINITY;
    for (let second = 0; second < seconds; second += 1) {
      await sleep(1000);
      const now = await stored();
      slowestSecond = Math.min(slowestSecond, rate(last, now));
      last = now;
    }
    const cpuMs = cpuMsPerCapture(cpu, cpuSecondsOf(pids), last.captures - before.captures);
    await allStored();
    await watch.program.ask('takeLatenciesMs', 0);
    await generator.ask('keepPace', pace);
    await sleep(PACED_SECONDS * 1000);
    await allStored();
    return {
      perSecond: rate(before, last),
      slowestSecond,
      cpuMs,
      latenciesMs: await watch.program.ask<number[]>('takeLatenciesMs', 0),
      published: await published(),
      objects: await countPictures(folder.store),
    };
  } finally {
    await generator.stop();
    await watch.program.stop();
    await forwarder.process.stop();
    await processor.process.stop();
    await Promise.all([edge.stop(), cloud.stop()]);
    folder.remove();
  }
}

function rate(before: SinkSample, after: SinkSample): number {
  return ((after.captures - before.captures) * 1000) / (after.atMs - before.atMs);
}

async function countPictures(folder: string): Promise<number> {
  return (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.png')).length;
}
