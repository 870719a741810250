import { isIP } from 'node:net';
import { isName } from '../../contract/names.ts';
import { UsageError } from '../../platform/sightline-error.ts';

export const ROLES = ['device', 'server', 'processor', 'operator'] as const;

/** What a certificate is for. */
export type Role = (typeof ROLES)[number];

/** Names of the roles that are one each: `@` is in no device's name. A broker takes them for user names. */
export const PROCESSOR_NAME = '@image-processor';
export const OPERATOR_NAME = '@operator';

/**
 * Devices stand far away and a missed renewal costs a journey, so theirs are good for longer; a lost device is kept out by the revocation
 * list at once. The rest stands where the CA is.
 */
export const VALID_YEARS: Readonly<Record<Role, number>> = { device: 2, server: 1, processor: 1, operator: 1 };

/** @throws UsageError where a device can't be called that. */
export function requireDeviceName(name: string): string {
  if (isName(name)) return name;
  throw new UsageError(
    `Expected a device name of 1 to 48 of a-z, 0-9 and -, beginning with a letter or digit, got ${JSON.stringify(name)}`,
    'It becomes a part of topics and object keys.',
  );
}

/**
 * Host names and addresses as they go into a server's certificate: lower case, each once.
 * @throws UsageError for one that is neither.
 */
export function requireHosts(hosts: readonly string[]): readonly string[] {
  if (hosts.length === 0) throw new UsageError('Expected at least one --host NAME_OR_IP, got none');
  return [...new Set(hosts.map(requireHost))];
}

function requireHost(text: string): string {
  const host = text.toLowerCase();
  const isDnsName =
    host.length <= 253 && host.split('.').every((label) => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(label));
  // Digits and dots alone are an address that was mistyped.
  if (isIP(host) !== 0 || (isDnsName && !/^[\d.]+$/.test(host))) return host;
  throw new UsageError(
    `Expected a DNS name or an IP address, got ${JSON.stringify(text)}`,
    'As devices will write it in cloud.broker, without mqtts:// and port.',
  );
}
