import { eventually } from '../../test/support/eventually.ts';
import { freePort } from '../../test/support/free-port.ts';
import { type MemoryPeak, watchMemory } from '../measuring/memory-watch.ts';
import { barePublish } from './bare-publish.ts';
import { startBroker } from './broker.ts';
import type { GeneratorSample } from './load/generator-program.ts';
import { startGenerator, startSink } from './load/programs.ts';
import type { SinkSample } from './load/sink-program.ts';
import { runFolder, startService } from './site.ts';

const AHEAD = 500;
const LIVE_PER_SECOND = 5;
/** Captures lie on a disk and wait: of them and of those that come meanwhile. */
const BACKLOG = 0;
const LIVE = 1;
const BARE = 2;
/** The first and the last of a drain are no steady state. */
const DRAIN_FROM = 0.05;
const DRAIN_TO = 0.9;
const PATIENCE_MS = 20 * 60_000;

export interface BacklogRun {
  readonly fillPerSecond: number;
  readonly drainPerSecond: number;
  /** Of a bare mqtt.js through the same broker to the same sink, before and after. */
  readonly barePerSecond: number;
  readonly fillMemory: MemoryPeak;
  readonly drainMemory: MemoryPeak;
  readonly liveLatenciesMs: readonly number[];
  /** From the start of its process, with all of it on disk. */
  readonly readyAfterMs: number;
  readonly firstAfterMs: number;
  readonly repeats: number;
  readonly missing: number;
}

/** Fills a spool while the cloud is away, then starts the forwarder anew with the cloud there. */
export async function runBacklog(
  captures: number,
  bytes: number,
  bareSeconds: number,
  say: (text: string) => void,
): Promise<BacklogRun> {
  const folder = runFolder();
  const edge = await startBroker();
  const nobody = await freePort();
  const common = { SIGHTLINE_EDGE_BROKER: edge.url, SIGHTLINE_SPOOL_PATH: folder.spool };
  const environment = { ...common, SIGHTLINE_CLOUD_BROKER: `mqtt://127.0.0.1:${nobody}` };
  const filling = await startService('forwarder', folder.path, environment);
  const address = { port: edge.port, device: 'bench', camera: 'door', bytes };
  const generator = await startGenerator({ ...address, isWithReceipts: true, generator: BACKLOG });
  const stopFillWatch = watchMemory(filling.process.pid);
  const fillStartedMs = performance.now();
  await generator.ask('followHeld', { ahead: AHEAD, upTo: captures });
  await eventually(
    async () => (await generator.ask<GeneratorSample>('sample')).held,
    (held) => held >= captures,
    PATIENCE_MS,
  );
  const fillPerSecond = (captures * 1000) / (performance.now() - fillStartedMs);
  const fillMemory = stopFillWatch();
  say(`${captures} captures are on disk, ${fillPerSecond.toFixed(0)} a second`);
  await generator.stop();
  await filling.process.stop();

  const cloud = await startBroker();
  const { program: sink } = await startSink({ port: cloud.port, isWithReceipts: true });
  const sample = () => sink.ask<SinkSample>('sample');
  const bare = { bytes, seconds: bareSeconds };
  const bareBefore = await barePublish(cloud, sink, { ...bare, generator: BARE });
  const already = (await sample()).captures;
  const live = await startGenerator({ ...address, isWithReceipts: false, generator: LIVE });
  const startedAtMs = Date.now();
  const first = eventually(sample, (now) => now.captures > already, PATIENCE_MS);
  const draining = await startService('forwarder', folder.path, { ...common, SIGHTLINE_CLOUD_BROKER: cloud.url });
  const stopDrainWatch = watchMemory(draining.process.pid);
  await live.ask('keepPace', LIVE_PER_SECOND);
  const firstAfterMs = (await first).atMs - startedAtMs;
  const upTo = (part: number) => eventually(sample, (now) => now.captures - already >= captures * part, PATIENCE_MS);
  const from = await upTo(DRAIN_FROM);
  const to = await upTo(DRAIN_TO);
  const drainPerSecond = ((to.captures - from.captures) * 1000) / (to.atMs - from.atMs);
  await live.ask('rest');
  const { published } = await live.ask<GeneratorSample>('sample');
  const end = await eventually(sample, (now) => now.captures - already >= captures + published, PATIENCE_MS);
  const drainMemory = stopDrainWatch();
  say(`drained, ${drainPerSecond.toFixed(0)} a second`);
  const liveLatenciesMs = await sink.ask<number[]>('takeLatenciesMs', LIVE);
  await draining.process.stop();
  const bareAfter = await barePublish(cloud, sink, { ...bare, generator: BARE + 1 });
  await Promise.all([live.stop(), sink.stop()]);
  await Promise.all([edge.stop(), cloud.stop()]);
  folder.remove();
  return {
    ...{ fillPerSecond, drainPerSecond, fillMemory, drainMemory, liveLatenciesMs, firstAfterMs },
    barePerSecond: (bareBefore + bareAfter) / 2,
    readyAfterMs: draining.readyAfterMs,
    repeats: end.repeats,
    missing: captures + published - (end.captures - already),
  };
}
