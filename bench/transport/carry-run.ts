import { setTimeout as sleep } from 'node:timers/promises';
import { startBroker } from './broker.ts';
import type { Contender } from './contenders.ts';
import { type CpuSeconds, cpuMsPerCapture, cpuSecondsOf } from './load/cpu-shares.ts';
import type { GeneratorSample } from './load/generator-program.ts';
import { startGenerator, startSink } from './load/programs.ts';
import type { SinkSample } from './load/sink-program.ts';

/** Captures on the way from the generator to the sink, at most. */
const AHEAD = 1000;
const WARM_UP_MS = 3_000;

export interface CarryRun {
  readonly perSecond: number;
  readonly heldPerSecond: number;
  /** Milliseconds of processor time for each capture, by process. */
  readonly cpuMs: CpuSeconds;
  /** Captures that came more than once. */
  readonly repeats: number;
}

/** One contender between two brokers, under as much load as it takes. @param bytes of one capture. */
export async function carry(contender: Contender, bytes: number, seconds: number): Promise<CarryRun> {
  const { name, isWithReceipts } = contender;
  const cloud = await startBroker();
  const { program: sink, creditPort } = await startSink({ port: cloud.port, isWithReceipts });
  const carrier = await contender.start(cloud);
  const generator = await startGenerator({
    ...{ port: carrier.edge.port, isWithReceipts, generator: 0, device: 'bench', camera: 'door', bytes },
  });
  const pids = {
    generator: generator.pid,
    'edge broker': carrier.edge.pid,
    ...(carrier.pid === carrier.edge.pid ? {} : { [name]: carrier.pid }),
    'cloud broker': cloud.pid,
    sink: sink.pid,
  };
  const look = async () => ({
    ...{ sunk: await sink.ask<SinkSample>('sample'), made: await generator.ask<GeneratorSample>('sample') },
    cpu: cpuSecondsOf(pids),
  });
  try {
    await generator.ask('followSink', { creditPort, ahead: AHEAD });
    await sleep(WARM_UP_MS);
    const before = await look();
    await sleep(seconds * 1000);
    const after = await look();
    const captures = after.sunk.captures - before.sunk.captures;
    const tookSeconds = (after.sunk.atMs - before.sunk.atMs) / 1000;
    if (after.made.refused > 0) throw new Error(`Expected no capture to be refused, got ${after.made.refused}`);
    return {
      perSecond: captures / tookSeconds,
      heldPerSecond: (after.made.held - before.made.held) / tookSeconds,
      cpuMs: cpuMsPerCapture(before.cpu, after.cpu, captures),
      repeats: after.sunk.repeats,
    };
  } finally {
    await generator.stop();
    await carrier.stop();
    await sink.stop();
    await cloud.stop();
  }
}
