import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../test/support/free-port.ts';
import type { Contender } from './contenders.ts';
import { type CpuSeconds, cpuMsPerCapture, cpuSecondsOf } from './load/cpu-shares.ts';
import type { GeneratorSample } from './load/generator-program.ts';
import { startGenerator } from './load/programs.ts';

const AHEAD = 1000;
const WARM_UP_MS = 3_000;

export interface IntakeRun {
  readonly heldPerSecond: number;
  readonly cpuMs: CpuSeconds;
}

/** A forwarder of ours whose cloud is away: what it takes on disk, as fast as it says `held`. */
export async function takeIn(forwarder: Contender, bytes: number, seconds: number): Promise<IntakeRun> {
  const nobody = await freePort();
  const carrier = await forwarder.start({ port: nobody, url: `mqtt://127.0.0.1:${nobody}` });
  const generator = await startGenerator({
    ...{ port: carrier.edge.port, isWithReceipts: true, generator: 0, device: 'bench', camera: 'door', bytes },
  });
  const pids = { generator: generator.pid, 'edge broker': carrier.edge.pid, [forwarder.name]: carrier.pid };
  const look = async () => ({ made: await generator.ask<GeneratorSample>('sample'), cpu: cpuSecondsOf(pids) });
  try {
    await generator.ask('followHeld', { ahead: AHEAD });
    await sleep(WARM_UP_MS);
    const before = await look();
    await sleep(seconds * 1000);
    const after = await look();
    const held = after.made.held - before.made.held;
    return {
      heldPerSecond: held / ((after.made.atMs - before.made.atMs) / 1000),
      cpuMs: cpuMsPerCapture(before.cpu, after.cpu, held),
    };
  } finally {
    await generator.stop();
    await carrier.stop();
  }
}
