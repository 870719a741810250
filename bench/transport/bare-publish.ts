import { setTimeout as sleep } from 'node:timers/promises';
import type { Broker } from './broker.ts';
import { ChildCalls } from './load/child-calls.ts';
import type { SinkSample } from './load/sink-program.ts';

const WARM_UP_MS = 2_000;
/** As many as our forwarder may have under way. */
const IN_FLIGHT = 64;

/** What a broker carries from a bare mqtt.js to the same sink, a second. */
export async function barePublish(
  cloud: Broker,
  sink: ChildCalls,
  { bytes, seconds, generator }: { readonly bytes: number; readonly seconds: number; readonly generator: number },
): Promise<number> {
  const publisher = new ChildCalls(new URL('load/bare-publisher-program.ts', import.meta.url));
  try {
    await publisher.ask('start', { port: cloud.port, generator, bytes, inFlight: IN_FLIGHT });
    await sleep(WARM_UP_MS);
    const before = await sink.ask<SinkSample>('sample');
    await sleep(seconds * 1000);
    const after = await sink.ask<SinkSample>('sample');
    return ((after.captures - before.captures) * 1000) / (after.atMs - before.atMs);
  } finally {
    await publisher.stop();
  }
}
