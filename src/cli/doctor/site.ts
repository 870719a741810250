import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { toName } from '../../contract/names.ts';
import type { Config, LinkConfig } from '../../platform/config/schema.ts';
import { deviceName, type LoadedConfig } from '../../platform/config.ts';
import { DEFAULT_PORTS } from '../../platform/default-ports.ts';
import { UsageError } from '../../platform/sightline-error.ts';
import { askHealth, healthUrl, type ReadinessAnswer, readReadiness } from '../ask-readiness.ts';
import type { Side } from './journey.ts';

/** Where the chain that is to be tested runs. */
export interface Site {
  readonly config: Config;
  /** Who says where the brokers are. */
  readonly origin: string;
  /** Who set a side's broker, for advice; undefined: nobody did. */
  brokerOrigin(side: Side): string | undefined;
  /** The store, where this configuration knows it. */
  readonly store: Config['store'] | undefined;
  /** Name under which the test image travels. @throws UsageError in a container without one */
  device(from: Side): string;
}

/**
 * Finds the chain: what is configured or, where no broker is, the `npm start` that runs on this machine. That one takes any free
 * ports for its brokers, and tells them at its health port.
 * @throws UsageError when its captures would not be recognised as tests
 */
export async function findSite(loaded: LoadedConfig, signal: AbortSignal): Promise<Site> {
  const { config, file, isSet, origin } = loaded;
  if (config.cloud.dialect === 'bare') {
    throw new UsageError(
      'cloud.dialect: Expected captures, got bare: nobody sends receipts there, and a test image would be stored as a face',
      'What bare consumers do with an image can only be seen at their end.',
    );
  }
  const isUnset = (side: Side) => !isSet([side, 'broker']);
  const up = isUnset('edge') || isUnset('cloud') ? await findUp(config, signal) : undefined;
  const link = (side: Side): LinkConfig => {
    const broker = up && isUnset(side) ? embeddedBroker(up, side) : undefined;
    return broker === undefined ? config[side] : { ...config[side], broker, protocol: '3.1.1' };
  };
  const [edge, cloud] = [link('edge'), link('cloud')];
  const isUp = edge !== config.edge || cloud !== config.cloud;
  return {
    config: {
      ...config,
      edge: { ...config.edge, ...edge },
      cloud: { ...config.cloud, ...cloud },
      // As `up` has it.
      spool: !isUp || isSet(['spool', 'path']) ? config.spool : { ...config.spool, path: resolve('.sightline/spool') },
    },
    origin: [file ?? 'defaults', ...(isUp ? ['and the running npm start'] : [])].join(' '),
    brokerOrigin: (side) => origin([side, 'broker']) ?? (isUp ? 'npm start' : undefined),
    store: storeOf(loaded, isUp ? up : undefined),
    device(from) {
      if (config.device !== undefined) return config.device;
      if (from === 'cloud') return config.cloud.device;
      return isUp ? (toName(hostname()) ?? 'edge') : deviceName(config, toName);
    },
  };
}

async function findUp({ http }: Config, signal: AbortSignal): Promise<ReadinessAnswer | undefined> {
  const answer = await askHealth(new URL('/readyz', healthUrl(http.host, http.port ?? DEFAULT_PORTS.up)), signal);
  return typeof answer === 'string' ? undefined : readReadiness(answer);
}

function embeddedBroker({ checks }: ReadinessAnswer, side: Side): string | undefined {
  const check = checks.find(({ service, name }) => service === `${side}-broker` && name === 'listening');
  return check?.ok && check.detail !== undefined ? `mqtt://${check.detail}` : undefined;
}

function storeOf({ config, isSet }: LoadedConfig, up: ReadinessAnswer | undefined): Config['store'] | undefined {
  if (isSet(['store', 'url'])) return config.store;
  const store = up?.checks.find(({ service, name }) => service === 'image-processor' && name === 'store');
  return store?.ok && store.detail !== undefined ? { ...config.store, url: store.detail } : undefined;
}
