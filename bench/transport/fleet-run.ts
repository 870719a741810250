import { readdir } from 'node:fs/promises';
import { eventually } from '../../test/support/eventually.ts';
import { watchMemory } from '../measuring/memory-watch.ts';
import { startBroker } from './broker.ts';
import type { DeviceReport, FleetOptions } from './fleet/fleet-program.ts';
import { ChildCalls } from './load/child-calls.ts';
import { watchQueue } from './queue-watch.ts';
import { runFolder, startService } from './site.ts';

const PROCESSES = 4;
const PROCESSORS = ['first', 'second'];
/** The least that a picture with its metadata takes. */
const BYTES = 3_000;
const PATIENCE_MS = 15 * 60_000;

export interface FleetRun {
  readonly devices: readonly DeviceReport[];
  readonly seconds: number;
  readonly objects: number;
  readonly peakQueued: number;
  readonly peakBrokerBytes: number;
}

/** Devices that all come back at the same moment, before one broker and two processors. */
export async function runFleet(devices: number, captures: number, say: (text: string) => void): Promise<FleetRun> {
  const folder = runFolder();
  const cloud = await startBroker({ lines: ['sys_interval 1'] });
  const processors = [];
  for (const id of PROCESSORS) {
    const environment = {
      SIGHTLINE_CLOUD_BROKER: cloud.url,
      SIGHTLINE_STORE_URL: folder.store,
      SIGHTLINE_PROCESSOR_ID: id,
    };
    processors.push(await startService('image-processor', folder.path, environment));
  }
  const fleets = Array.from(
    { length: PROCESSES },
    () => new ChildCalls(new URL('fleet/fleet-program.ts', import.meta.url)),
  );
  const all = <Result>(method: string) => Promise.all(fleets.map((fleet) => fleet.ask<Result>(method)));
  try {
    await Promise.all(
      fleets.map((fleet, index) => {
        const [from, to] = [index, index + 1].map((edge) => Math.floor((devices * edge) / PROCESSES)) as [
          number,
          number,
        ];
        const options: FleetOptions = { brokerUrl: cloud.url, from, to, captures, bytes: BYTES };
        return fleet.ask('prepare', options);
      }),
    );
    const queue = await watchQueue(cloud.port);
    const memory = watchMemory(cloud.pid);
    say(`${devices} devices come back with ${captures} captures each`);
    const startedMs = performance.now();
    await all('start');
    const done = async () => (await all<number>('done')).reduce((sum, count) => sum + count, 0);
    // What does not end is told by what is missing.
    await eventually(done, (count) => count === devices, PATIENCE_MS).catch(() => undefined);
    const seconds = (performance.now() - startedMs) / 1000;
    return {
      devices: (await all<DeviceReport[]>('report')).flat(),
      seconds,
      objects: (await readdir(folder.store, { recursive: true })).filter((name) => name.endsWith('.png')).length,
      peakQueued: queue(),
      peakBrokerBytes: memory().peakBytes,
    };
  } finally {
    await Promise.all(fleets.map((fleet) => fleet.stop()));
    for (const { process } of processors) await process.stop();
    await cloud.stop();
    folder.remove();
  }
}
