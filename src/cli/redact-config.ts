import type { Config } from '../platform/config/schema.ts';
import { redactUrl } from '../platform/redact-url.ts';

const SECRETS = new Set(['password', 'accessKeyId', 'secretAccessKey']);

/** The configuration as plain values that may be shown: secrets and the credentials inside URLs are `***`. */
export function redactConfig(config: Config): Record<string, unknown> {
  return redact(config, '') as Record<string, unknown>;
}

function redact(value: unknown, key: string): unknown {
  if (Array.isArray(value)) return value.map((item) => redact(item, key));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, redact(inner, name)]));
  }
  if (typeof value !== 'string') return value;
  return SECRETS.has(key) ? '***' : redactUrl(value);
}
