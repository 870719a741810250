/** What a deployment may choose: `cdk deploy -c KEY=VALUE`. The README has a line for each. */
export interface Settings {
  /** TCP port of the broker: TLS, and nothing else is open. */
  readonly port: number;
  /** Before every key in the bucket; empty: none. */
  readonly prefix: string;
  /** Faces are deleted after so many days; 0: never. */
  readonly keepDays: number;
  readonly processors: number;
  /** DNS name of yours for the broker, besides its fixed address; empty: none. */
  readonly host: string;
  /** Address ranges (IPv4) that may connect. */
  readonly from: readonly string[];
  /** Images are pulled from here; empty: the machine builds them from this clone. */
  readonly registry: string;
  readonly encryption: 's3' | 'kms';
  readonly instanceType: string;
  /** Daily snapshots of the data volume that are kept; 0: none. */
  readonly snapshots: number;
  /** The data volume begins as a copy of this snapshot (snap-…); empty: it begins empty. */
  readonly fromSnapshot: string;
  /** Where to write when the machine fails; empty: nowhere. */
  readonly alarmEmail: string;
}

const NAME = /^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/;
const PREFIX = /^[A-Za-z0-9_][A-Za-z0-9_=.-]*(\/[A-Za-z0-9_][A-Za-z0-9_=.-]*)*$/;
const REGISTRY = /^[a-z0-9][a-z0-9.-]*(:\d+)?(\/[a-z0-9._-]+)*$/;
const RANGE = /^(\d{1,3}\.){3}\d{1,3}\/\d{1,2}$/;
const INSTANCE_TYPE = /^[a-z0-9][a-z0-9-]*\.[a-z0-9]+$/;
const EMAIL = /^[^@\s'"]+@[^@\s'"]+$/;

/**
 * Reads the settings from the context. These values end in a shell script that runs as root, so each has a strict form.
 * @throws Error that names the key, what was expected and what it got.
 */
export function readSettings(context: Readonly<Record<string, unknown>>): Settings {
  const text = (key: string, fallback: string, form: RegExp, expected: string): string => {
    const value = String(context[key] ?? '') || fallback;
    if (value !== '' && !form.test(value)) throw new Error(`Expected -c ${key}=… to be ${expected}, got ${value}`);
    return value;
  };
  const whole = (key: string, fallback: number, least: number, most: number): number => {
    const value = text(key, String(fallback), /^\d{1,5}$/, `a whole number from ${least} to ${most}`);
    if (Number(value) < least || Number(value) > most)
      throw new Error(`Expected -c ${key}=… to be a whole number from ${least} to ${most}, got ${value}`);
    return Number(value);
  };
  const settings: Settings = {
    port: whole('port', 8883, 1024, 65535),
    prefix: text('prefix', '', PREFIX, 'a prefix such as site-a, without / at its ends'),
    keepDays: whole('keepDays', 30, 0, 36_500),
    processors: whole('processors', 2, 1, 16),
    host: text('host', '', NAME, 'a DNS name'),
    from: text('from', '0.0.0.0/0', /./, 'address ranges').split(',').map(checkRange),
    registry: text('registry', '', REGISTRY, 'a registry such as registry.example.com/team'),
    encryption: text('encryption', 's3', /^(s3|kms)$/, 's3 or kms') as Settings['encryption'],
    instanceType: text('instanceType', 't4g.small', INSTANCE_TYPE, 'an instance type such as t4g.small'),
    snapshots: whole('snapshots', 7, 0, 365),
    fromSnapshot: text('fromSnapshot', '', /^snap-[0-9a-f]+$/, 'a snapshot such as snap-0abc'),
    alarmEmail: text('alarmEmail', '', EMAIL, 'an e-mail address'),
  };
  // CDK's own keys have a : or a / in them.
  const unknown = Object.keys(context).find((key) => /^\w+$/.test(key) && !(key in settings));
  if (unknown) throw new Error(`Expected settings ${Object.keys(settings).join(', ')}; got ${unknown}`);
  return settings;
}

function checkRange(range: string): string {
  const [address = '', bits] = range.split('/');
  if (!RANGE.test(range) || address.split('.').some((part) => Number(part) > 255) || Number(bits) > 32)
    throw new Error(`Expected -c from=… to be address ranges such as 203.0.113.0/24,198.51.100.7/32, got ${range}`);
  return range;
}
