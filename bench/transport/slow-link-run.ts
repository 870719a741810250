import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../../test/support/eventually.ts';
import { startFaultProxy } from '../../test/support/fault-proxy.ts';
import { startBroker } from './broker.ts';
import { startGenerator, startSink } from './load/programs.ts';
import type { SinkSample } from './load/sink-program.ts';
import { runFolder, startService } from './site.ts';

/** 256 kbit/s. */
export const BYTES_PER_SECOND = 32_000;
const ONE_WAY_MS = 300;
const CAPTURE_BYTES = 40_000;
const LARGE_BYTES = 1_000_000;
/** Before the large one, and time enough for it to come behind them. */
const FIRST_CAPTURES = 4;
const APART_MS = 1_000;
const FIRST_MS = 120_000;
const SMALL = 0;
const LARGE = 1;

export interface SlowLinkRun {
  /** Bytes of whole captures, each counted once, by what the line could have carried from the first to the last. */
  readonly utilisation: number;
  /** Connections to the cloud broker beyond the first. */
  readonly reconnects: number;
  readonly captures: number;
  readonly repeats: number;
  /** Of 1 MB. */
  readonly large: number;
}

/** A forwarder with more captures than the line to its cloud broker can carry. @param isWithLarge one of 1 MB among them. */
export async function runSlowLink(seconds: number, isWithLarge: boolean): Promise<SlowLinkRun> {
  const folder = runFolder();
  const edge = await startBroker();
  const cloud = await startBroker();
  const line = await startFaultProxy({ target: cloud.port });
  line.shape({ latencyMs: ONE_WAY_MS, bytesPerSecond: BYTES_PER_SECOND });
  const { program: sink } = await startSink({ port: cloud.port, isWithReceipts: true });
  const forwarder = await startService('forwarder', folder.path, {
    SIGHTLINE_EDGE_BROKER: edge.url,
    SIGHTLINE_CLOUD_BROKER: `mqtt://127.0.0.1:${line.port}`,
    SIGHTLINE_SPOOL_PATH: folder.spool,
  });
  const address = { port: edge.port, device: 'bench', camera: 'door', isWithReceipts: false };
  const small = await startGenerator({ ...address, generator: SMALL, bytes: CAPTURE_BYTES });
  const large = await startGenerator({ ...address, generator: LARGE, bytes: LARGE_BYTES });
  const sample = () => sink.ask<SinkSample>('sample');
  try {
    await small.ask('allow', FIRST_CAPTURES);
    await sleep(APART_MS);
    await large.ask('allow', isWithLarge ? 1 : 0);
    await sleep(APART_MS);
    // More than the line carries, so that it is never idle for want of captures.
    await small.ask('allow', Math.ceil(((seconds + FIRST_MS / 1000) * BYTES_PER_SECOND) / CAPTURE_BYTES));
    await eventually(sample, ({ captures }) => captures > 0, FIRST_MS);
    await sleep(seconds * 1000);
    const { captures, repeats, arrivals } = await sample();
    if (!arrivals) throw new Error('Expected a sink of captures');
    const { bytes, firstBytes, firstAtMs, lastAtMs } = arrivals;
    return {
      utilisation: (bytes - firstBytes) / (((lastAtMs - firstAtMs) / 1000) * BYTES_PER_SECOND),
      reconnects: line.accepted - 1,
      large: (await sink.ask<number[]>('takeLatenciesMs', LARGE)).length,
      ...{ captures, repeats },
    };
  } finally {
    await Promise.all([small.stop(), large.stop()]);
    line.reset();
    await forwarder.process.stop();
    await sink.stop();
    await line.stop();
    await Promise.all([edge.stop(), cloud.stop()]);
    folder.remove();
  }
}
