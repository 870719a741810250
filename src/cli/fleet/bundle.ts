import { gzipSync } from 'node:zlib';
import { DEFAULT_PREFIX } from '../../contract/topics.ts';
import { brokerUrl } from '../../platform/config/fields.ts';
import { UsageError } from '../../platform/sightline-error.ts';
import { archive } from './archive.ts';

/** PEM texts, and what `deviceEnv` says. */
export interface BundleParts {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  readonly env: string;
}

export interface DeviceSettings {
  readonly device: string;
  /** mqtts://host:port */
  readonly broker: string;
  readonly prefix: string;
}

const LINE = /.{1,76}/g;
/** What no shell takes for anything else, also without quotes. */
const SHELL_SAFE = /^[A-Za-z0-9_.:/@%+,=[\]-]+$/;

/** All that a device needs to join, as text that goes through a pipe, a terminal or a mail: base64 of a tar.gz. */
export function bundle({ ca, cert, key, env }: BundleParts): string {
  const packed = archive([
    { name: 'ca.crt', text: ca },
    { name: 'tls.crt', text: cert },
    { name: 'tls.key', text: key },
    { name: 'sightline.env', text: env },
  ]);
  return `${gzipSync(packed).toString('base64').match(LINE)?.join('\n')}\n`;
}

/**
 * The device's part of the configuration as variables, one a line; no shell needs quotes for it.
 * @throws UsageError for a value that would need them.
 */
export function deviceEnv({ device, broker, prefix }: DeviceSettings): string {
  const variables = {
    SIGHTLINE_DEVICE: device,
    SIGHTLINE_CLOUD_BROKER: broker,
    ...(prefix === DEFAULT_PREFIX ? {} : { SIGHTLINE_TOPIC_PREFIX: prefix }),
  };
  return Object.entries(variables)
    .map(([name, value]) => `${name}=${shellSafe(name, value)}\n`)
    .join('');
}

/** @throws UsageError where it is no address that a device can connect to with its certificate. */
export function requireSecureBroker(text: string): string {
  const url = brokerUrl.safeParse(text).success ? new URL(text) : undefined;
  const isPlain =
    url && ['', '/'].includes(url.pathname) && url.search === '' && url.hash === '' && url.username === '';
  if (url?.protocol === 'mqtts:' && url.port !== '' && isPlain) return `mqtts://${url.host}`;
  throw new UsageError(
    `fleet: --broker: Expected mqtts://HOST:PORT, got ${JSON.stringify(text)}`,
    'The cloud broker as the device reaches it: certificates need mqtts, and a name that is in the broker’s own certificate.',
  );
}

function shellSafe(name: string, value: string): string {
  if (SHELL_SAFE.test(value)) return value;
  throw new UsageError(
    `fleet: Expected ${name} of letters, digits and _.:/@%+,=[]-, got ${JSON.stringify(value)}`,
    'It goes into a file that shells and containers read.',
  );
}
