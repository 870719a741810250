import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../../test/support/eventually.ts';
import { freePort } from '../../test/support/free-port.ts';
import { startMosquitto } from '../../test/support/mosquitto.ts';
import { ServiceProcess } from '../measuring/service-process.ts';

const SERVICES = ['image-processor', 'forwarder', 'message-logger'] as const;

export interface Site {
  /** Of the broker on the edge. */
  readonly brokerUrl: string;
  /** The folder that captures end in. */
  readonly store: string;
  stop(): Promise<void>;
}

/** Everything but the detector, each service a process of its own, between two Mosquittos on loopback. */
export async function startSite(folder: string): Promise<Site> {
  const store = join(folder, 'faces');
  mkdirSync(store);
  const [edge, cloud] = [await startMosquitto(), await startMosquitto()];
  const environment = {
    SIGHTLINE_DEVICE: 'bench',
    SIGHTLINE_EDGE_BROKER: edge.url,
    SIGHTLINE_CLOUD_BROKER: cloud.url,
    SIGHTLINE_SPOOL_PATH: join(folder, 'spool'),
    SIGHTLINE_SPOOL_MIN_FREE_BYTES: '1',
    SIGHTLINE_STORE_URL: store,
    SIGHTLINE_LOG_LEVEL: 'warn',
  };
  const processes: ServiceProcess[] = [];
  for (const name of SERVICES) {
    const port = await freePort();
    processes.push(new ServiceProcess([name, '--http-port', String(port)], { folder, environment }));
    const isReady = () =>
      fetch(`http://127.0.0.1:${port}/readyz`).then(
        ({ ok }) => ok,
        () => false,
      );
    await eventually(isReady, (ok) => ok);
  }
  return {
    brokerUrl: edge.url,
    store,
    async stop() {
      for (const process of processes.toReversed()) await process.stop();
      await Promise.all([edge.stop(), cloud.stop()]);
    },
  };
}
