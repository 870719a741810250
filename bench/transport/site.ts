import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../../test/support/eventually.ts';
import { freePort } from '../../test/support/free-port.ts';
import { ServiceProcess } from '../measuring/service-process.ts';

const START_MS = 60_000;

export type Environment = Readonly<Record<string, string>>;

/** Names the spool's folder and the store's in a folder of one run. */
export function runFolder(): { readonly path: string; readonly spool: string; readonly store: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'sightline-bench-'));
  const remove = () => rmSync(path, { recursive: true, force: true });
  process.once('exit', remove);
  return {
    path,
    spool: join(path, 'spool'),
    store: join(path, 'faces'),
    remove() {
      process.off('exit', remove);
      remove();
    },
  };
}

export interface StartedService {
  readonly process: ServiceProcess;
  /** Of its health server. */
  readonly url: string;
  /** From its start to the first `ready`. */
  readonly readyAfterMs: number;
}

/** Starts a service and waits until it says that it is ready. */
export async function startService(
  name: 'forwarder' | 'image-processor',
  folder: string,
  environment: Environment,
): Promise<StartedService> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const startedMs = performance.now();
  const process = new ServiceProcess([name, '--http-port', String(port)], {
    folder,
    environment: {
      SIGHTLINE_DEVICE: 'bench',
      SIGHTLINE_SPOOL_MIN_FREE_BYTES: '1',
      SIGHTLINE_SPOOL_MAX_BYTES: String(64 * 2 ** 30),
      SIGHTLINE_LOG_LEVEL: 'warn',
      ...environment,
    },
  });
  const isReady = async () => {
    process.assertRuns();
    return fetch(`${url}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    );
  };
  await eventually(isReady, (ok) => ok, START_MS);
  return { process, url, readyAfterMs: performance.now() - startedMs };
}
