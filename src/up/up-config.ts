import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { toName } from '../contract/names.ts';
import type { Config } from '../platform/config/schema.ts';
import type { LoadedConfig } from '../platform/config.ts';

/** Embedded brokers know no passwords: nobody else may reach them. */
export const LOOPBACK = '127.0.0.1';

/** Ports of the brokers that `up` brings along; a side that is missing has a broker of its own configured. */
export type EmbeddedPorts = ReadonlyMap<'edge' | 'cloud', number>;

/** The sides for which nobody configured a broker. */
export function embeddedSides({ isSet }: LoadedConfig): readonly ('edge' | 'cloud')[] {
  return (['edge', 'cloud'] as const).filter((side) => !isSet([side, 'broker']));
}

/** The configuration with the defaults of `up`: spool and outbox in this folder, names that need no host, a quiet log. */
export function upConfig({ config, isSet }: LoadedConfig): Config {
  // Even in a container: what is tried out here keeps its spool beside it, not under its name.
  const device = config.device ?? toName(hostname()) ?? 'edge';
  return {
    ...config,
    device,
    processor: { ...config.processor, id: config.processor.id ?? device },
    outbox: isSet(['outbox', 'path']) ? config.outbox : { ...config.outbox, path: resolve('.sightline/outbox') },
    spool: isSet(['spool', 'path']) ? config.spool : { ...config.spool, path: resolve('.sightline/spool') },
    // What a person wants to read goes to standard output; the log then holds only what goes wrong.
    log: isSet(['log', 'level']) ? config.log : { ...config.log, level: 'warn' },
  };
}

/** The same with its embedded brokers, once these have their ports. */
export function withBrokers(config: Config, ports: EmbeddedPorts): Config {
  return {
    ...config,
    edge: { ...config.edge, ...embedded(ports.get('edge')) },
    cloud: { ...config.cloud, ...embedded(ports.get('cloud')) },
  };
}

/** How to reach an embedded broker. It speaks 3.1.1: to try 5 first would cost the first second. */
function embedded(port: number | undefined): { broker: string; protocol: '3.1.1' } | object {
  return port === undefined ? {} : { broker: `mqtt://${LOOPBACK}:${port}`, protocol: '3.1.1' };
}
