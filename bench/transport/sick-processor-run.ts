import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../../test/support/eventually.ts';
import { startMoodyS3 } from '../../test/support/moody-s3.ts';
import { startBroker } from './broker.ts';
import type { GeneratorSample } from './load/generator-program.ts';
import { startGenerator, watchReceipts } from './load/programs.ts';
import type { SinkSample } from './load/sink-program.ts';
import { s3Environment } from './s3-run.ts';
import { runFolder, startService } from './site.ts';

const PER_SECOND = 50;
const BYTES = 40_000;
const BEFORE_MS = 5_000;
/** Its places fill, then a quarter of the keepalive passes, and it leaves (custody.md rule 5). */
export const LEAVE_MS = 15_000;
const AFTERWARDS_MS = 15_000;
const SETTLE_MS = 120_000;
/** Of captures made before the sick one should have left, and of those made later. */
const EARLY = 0;
const LATE = 1;

export interface SickProcessorRun {
  readonly captures: number;
  readonly earlyLatenciesMs: readonly number[];
  readonly lateLatenciesMs: readonly number[];
  /** Captures without an object in either store. */
  readonly missing: number;
  /** Objects that the sick one had stored. */
  readonly bySick: number;
}

/** A forwarder before two processors, each with a store of its own, of which one begins to hang. */
export async function runSickProcessor(): Promise<SickProcessorRun> {
  const folder = runFolder();
  const edge = await startBroker();
  const cloud = await startBroker();
  const well = await startMoodyS3('works');
  const sick = await startMoodyS3('works');
  const stores = { well, sick };
  const processors = [];
  for (const [id, { url }] of Object.entries(stores)) {
    const environment = {
      SIGHTLINE_CLOUD_BROKER: cloud.url,
      SIGHTLINE_PROCESSOR_ID: id,
      SIGHTLINE_STORE_URL: 's3://bench',
      SIGHTLINE_LOG_LEVEL: 'silent',
      ...s3Environment(url),
    };
    processors.push(await startService('image-processor', folder.path, environment));
  }
  const forwarder = await startService('forwarder', folder.path, {
    SIGHTLINE_EDGE_BROKER: edge.url,
    SIGHTLINE_CLOUD_BROKER: cloud.url,
    SIGHTLINE_SPOOL_PATH: folder.spool,
  });
  const { program: watch } = await watchReceipts({ port: cloud.port, device: 'bench', state: 'stored' });
  const address = { port: edge.port, device: 'bench', camera: 'door', bytes: BYTES, isWithReceipts: false };
  const early = await startGenerator({ ...address, generator: EARLY });
  const late = await startGenerator({ ...address, generator: LATE });
  try {
    await early.ask('keepPace', PER_SECOND);
    await sleep(BEFORE_MS);
    const bySick = pictures(sick.objects);
    sick.mood = 'hangs';
    await sleep(LEAVE_MS);
    await early.ask('rest');
    await late.ask('keepPace', PER_SECOND);
    await sleep(AFTERWARDS_MS);
    await late.ask('rest');
    const made = await Promise.all([early, late].map((one) => one.ask<GeneratorSample>('sample')));
    const captures = made.reduce((sum, { published }) => sum + published, 0);
    await eventually(
      async () => (await watch.ask<SinkSample>('sample')).captures,
      (stored) => stored === captures,
      SETTLE_MS,
    );
    return {
      captures,
      earlyLatenciesMs: await watch.ask<number[]>('takeLatenciesMs', EARLY),
      lateLatenciesMs: await watch.ask<number[]>('takeLatenciesMs', LATE),
      missing: captures - new Set([...well.objects.keys(), ...sick.objects.keys()].filter(isPicture)).size,
      bySick: bySick.length,
    };
  } finally {
    await Promise.all([early.stop(), late.stop(), watch.stop()]);
    await forwarder.process.stop();
    for (const { process } of processors) await process.stop();
    for (const store of Object.values(stores)) store.stop();
    await Promise.all([edge.stop(), cloud.stop()]);
    folder.remove();
  }
}

function pictures(objects: ReadonlyMap<string, unknown>): string[] {
  return [...objects.keys()].filter(isPicture);
}

function isPicture(key: string): boolean {
  return key.endsWith('.png');
}
