import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { toName } from '../contract/names.ts';
import type { Config } from '../platform/config/schema.ts';
import type { LoadedConfig } from '../platform/config.ts';
import { DEFAULT_PORTS } from '../platform/default-ports.ts';
import { choosePort } from './free-port.ts';

const LOOPBACK = '127.0.0.1';

/** Which of the two brokers `up` brings along, by their ports; undefined where one was configured. */
export interface EmbeddedPorts {
  readonly edge: number | undefined;
  readonly cloud: number | undefined;
}

export interface UpConfig {
  readonly config: Config;
  readonly ports: EmbeddedPorts;
}

/** The configuration with the defaults of `up`: brokers of its own on free ports, a spool in this folder, any free port for health. */
export async function upConfig({ config, isSet }: LoadedConfig): Promise<UpConfig> {
  const ports = {
    edge: isSet(['edge', 'broker']) ? undefined : await choosePort(LOOPBACK, 0),
    cloud: isSet(['cloud', 'broker']) ? undefined : await choosePort(LOOPBACK, 0),
  };
  // Even in a container: what is tried out here keeps its spool beside it, not under its name.
  const device = config.device ?? toName(hostname()) ?? 'edge';
  return {
    ports,
    config: {
      ...config,
      device,
      processor: { ...config.processor, id: config.processor.id ?? device },
      edge: { ...config.edge, ...embedded(ports.edge) },
      cloud: { ...config.cloud, ...embedded(ports.cloud) },
      http: { ...config.http, port: config.http.port ?? (await choosePort(config.http.host, DEFAULT_PORTS.up)) },
      spool: isSet(['spool', 'path']) ? config.spool : { ...config.spool, path: resolve('.sightline/spool') },
      // What a person wants to read goes to standard output; the log then holds only what goes wrong.
      log: isSet(['log', 'level']) ? config.log : { ...config.log, level: 'warn' },
    },
  };
}

/** How to reach an embedded broker. It speaks 3.1.1: to try 5 first would cost the first second. */
function embedded(port: number | undefined): { broker: string; protocol: '3.1.1' } | object {
  return port === undefined ? {} : { broker: `mqtt://${LOOPBACK}:${port}`, protocol: '3.1.1' };
}
