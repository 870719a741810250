import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../../test/support/eventually.ts';
import { freePort } from '../../test/support/free-port.ts';
import { type Mosquitto, startMosquitto } from '../../test/support/mosquitto.ts';
import { requirePart } from '../../test/support/parts.ts';
import { ServiceProcess } from '../measuring/service-process.ts';
import { type Collector, startCollector } from './collector.ts';

export type ModelName = 'ssd' | 'yunet';

/** What all figures need. */
export interface BenchContext {
  readonly models: readonly ModelName[];
  readonly modelsPath: string;
  /** How often each program is run. */
  readonly rounds: number;
  /** For media made here; gone at the end. */
  readonly folder: string;
  /** The broker's, on loopback: Mosquitto where it is installed, else the embedded one. */
  readonly brokerUrl: string;
  readonly brokerName: string;
  readonly collector: Collector;
  /** A line about what is being done. */
  readonly say: (text: string) => void;
}

/** An empty folder to run a service in. */
export function emptyFolder({ folder }: Pick<BenchContext, 'folder'>): string {
  return mkdtempSync(join(folder, 'run-'));
}

export async function openContext(
  options: Pick<BenchContext, 'models' | 'modelsPath' | 'rounds' | 'say'>,
): Promise<BenchContext & { close(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'sightline-bench-'));
  // Also where it is broken off: looped videos are large.
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const broker = requirePart('mosquitto').present ? await startMosquitto() : await startEmbedded(folder);
  const collector = await startCollector(broker.url);
  return {
    ...options,
    folder,
    brokerUrl: broker.url,
    brokerName: 'freeze' in broker ? 'Mosquitto' : 'the embedded broker',
    collector,
    async close() {
      await collector.stop();
      await broker.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function startEmbedded(folder: string): Promise<Pick<Mosquitto, 'url' | 'stop'>> {
  const [port, httpPort] = [await freePort(), await freePort()];
  const environment = { SIGHTLINE_BROKER_PORT: String(port), SIGHTLINE_HTTP_PORT: String(httpPort) };
  const broker = new ServiceProcess(['broker'], { folder, environment });
  const isReady = () =>
    fetch(`http://127.0.0.1:${httpPort}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    );
  await eventually(isReady, (ok) => ok);
  return {
    url: `mqtt://127.0.0.1:${port}`,
    stop: () => broker.stop(),
  };
}
