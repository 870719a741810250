import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { captureFilter, DEFAULT_PREFIX } from '../../src/contract/topics.ts';
import { PYTHON } from '../../test/support/parts.ts';
import { type Broker, startBroker } from './broker.ts';
import { runFolder, startService } from './site.ts';

/** Something that carries captures from a broker at the edge to one in the cloud. */
export interface Carrier {
  readonly edge: Broker;
  /** Of the process that carries; the edge broker's own for a bridge. */
  readonly pid: number;
  stop(): Promise<void>;
}

export interface Contender {
  readonly name: string;
  /** Is it one that awaits receipts, as ours does? */
  readonly isWithReceipts: boolean;
  readonly start: (cloud: Pick<Broker, 'port' | 'url'>) => Promise<Carrier>;
}

/** Mosquitto's own bridge, a part of the edge broker. @param inflight that it may have unacknowledged. */
export function bridge(name: string, inflight: number): Contender {
  return {
    name,
    isWithReceipts: false,
    async start(cloud) {
      const edge = await startBroker({
        inflight,
        lines: [
          'connection bench',
          `address 127.0.0.1:${cloud.port}`,
          `topic ${captureFilter(DEFAULT_PREFIX)} out 1`,
          'cleansession true',
          'bridge_protocol_version mqttv311',
          'notifications false',
          'restart_timeout 1',
        ],
      });
      return { edge, pid: edge.pid, stop: () => edge.stop() };
    },
  };
}

/** Two paho clients in Python. */
export function paho(name: string, inflight: number): Contender {
  return {
    name,
    isWithReceipts: false,
    async start(cloud) {
      const edge = await startBroker();
      const program = fileURLToPath(new URL('paho-forwarder.py', import.meta.url));
      const args = [program, edge.port, cloud.port, captureFilter(DEFAULT_PREFIX), inflight].map(String);
      const child = spawn(PYTHON, args, { stdio: ['ignore', 'pipe', 'inherit'] });
      const kill = () => child.kill('SIGKILL');
      process.once('exit', kill);
      await once(child.stdout, 'data');
      return {
        edge,
        pid: child.pid ?? 0,
        async stop() {
          process.off('exit', kill);
          kill();
          await once(child, 'exit');
          await edge.stop();
        },
      };
    },
  };
}

/** Our forwarder as it is run, its spool on disk. */
export function ours(name: string, environment: Readonly<Record<string, string>> = {}): Contender {
  return {
    name,
    isWithReceipts: true,
    async start(cloud) {
      const folder = runFolder();
      const edge = await startBroker();
      const forwarder = await startService('forwarder', folder.path, {
        SIGHTLINE_EDGE_BROKER: edge.url,
        SIGHTLINE_CLOUD_BROKER: cloud.url,
        SIGHTLINE_SPOOL_PATH: folder.spool,
        ...environment,
      });
      return {
        edge,
        pid: forwarder.process.pid,
        async stop() {
          await forwarder.process.stop();
          await edge.stop();
          folder.remove();
        },
      };
    },
  };
}
