import type { Config } from '../../platform/config/schema.ts';
import { DEFAULT_PORTS, type ServiceName } from '../../platform/default-ports.ts';
import { askHealth, healthUrl, type ReadinessAnswer, readReadiness } from '../ask-readiness.ts';
import { addressOf } from './broker-address.ts';

/** Captures are kept in whole blocks: a spool is full before its last byte is used. */
const FULL_RATIO = 0.95;

/**
 * Asks a service that should have said something what is wrong, if it runs on this machine: its own port, then that of `up`.
 * @returns sentences; the last resort is that nobody answers
 */
export async function askNeighbour(service: ServiceName, config: Config, signal: AbortSignal): Promise<string[]> {
  const { http } = config;
  const ports = http.port === undefined ? [DEFAULT_PORTS[service], DEFAULT_PORTS.up] : [http.port];
  for (const port of ports) {
    const url = healthUrl(http.host, port);
    const answer = await askHealth(new URL('/readyz', url), signal);
    const readiness = typeof answer === 'string' ? undefined : readReadiness(answer);
    const own = readiness?.checks.filter((check) => check.service === service) ?? [];
    if (own.length === 0) continue;
    const elsewhere = own.flatMap((check) =>
      describeElsewhere(check, config, `the ${service} on this machine (${url})`),
    );
    if (elsewhere.length > 0) return elsewhere;
    const faults = own.filter(({ ok }) => !ok).map(({ name, detail }) => `${name}: ${detail ?? 'not ok'}`);
    return faults.length > 0
      ? faults.map((fault) => `the ${service} on this machine (${url}) is not ready: ${fault}`)
      : [`the ${service} on this machine (${url}) says that it is ready`];
  }
  return [`no ${service} answers on this machine (${ports.map((port) => healthUrl(http.host, port)).join(', ')})`];
}

/** A service that works with another broker is well, and hears nothing from here. */
function describeElsewhere(
  { name, ok, detail }: ReadinessAnswer['checks'][number],
  config: Config,
  who: string,
): string[] {
  const side = name === 'edge-broker' ? 'edge' : name === 'cloud-broker' ? 'cloud' : undefined;
  if (!side || !ok || detail === undefined || detail === addressOf(config[side])) return [];
  return [`${who} uses another address for the ${side} broker: ${detail}, not ${addressOf(config[side])}`];
}

/** What a running forwarder counts, if it is on this machine. */
export interface ForwarderCounts {
  readonly isCloudConnected: boolean | undefined;
  readonly waiting: number | undefined;
  /** Is there no room in its spool for what is worth nothing? */
  readonly isFull: boolean;
}

/** Does the forwarder reach the cloud broker, and more than the test image waits for an answer? */
export function isUnanswered({ isCloudConnected, waiting }: ForwarderCounts): boolean {
  return isCloudConnected === true && waiting !== undefined && waiting > 1;
}

export async function readForwarderCounts({ http, spool }: Config, signal: AbortSignal): Promise<ForwarderCounts> {
  const ports = http.port === undefined ? [DEFAULT_PORTS.forwarder, DEFAULT_PORTS.up] : [http.port];
  for (const port of ports) {
    const answer = await askHealth(new URL('/metrics', healthUrl(http.host, port)), signal);
    if (typeof answer === 'string' || !answer.text.includes('sightline_spool_captures')) continue;
    const connected = /^sightline_mqtt_connected\{service="forwarder",broker="cloud"\} (\d)/m.exec(answer.text)?.[1];
    const waiting = /^sightline_spool_captures (\d+)/m.exec(answer.text)?.[1];
    const usedBytes = Number(/^sightline_spool_used_bytes ([\d.e+]+)/m.exec(answer.text)?.[1] ?? 0);
    const isDiskFull = /^sightline_spool_disk_full 1/m.test(answer.text);
    return {
      isCloudConnected: connected === undefined ? undefined : connected === '1',
      waiting: waiting === undefined ? undefined : Number(waiting),
      isFull: isDiskFull || usedBytes > FULL_RATIO * spool.maxBytes,
    };
  }
  return { isCloudConnected: undefined, waiting: undefined, isFull: false };
}
