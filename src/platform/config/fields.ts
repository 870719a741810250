import { z } from 'zod';

const UNITS: Readonly<Record<string, number>> = {
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
};
const SIZE = /^(\d+(?:\.\d+)?)\s*([KMGT]i?B|B)?$/;

/** A size: a number of bytes, or text such as 500MB (10⁶) or 8GiB (2³⁰). Read as bytes. */
export const byteSize = z
  .union([z.number(), z.string()], { error: 'Expected a size such as 8GiB or 500MB' })
  .transform((value, context) => {
    const match = typeof value === 'number' ? undefined : SIZE.exec(value.trim());
    const bytes =
      typeof value === 'number' ? value : match ? Number(match[1]) * (UNITS[match[2] ?? 'B'] ?? 1) : Number.NaN;
    if (Number.isFinite(bytes) && bytes > 0) return Math.floor(bytes);
    context.addIssue({ code: 'custom', message: 'Expected a size such as 8GiB or 500MB' });
    return z.NEVER;
  });

/** The same rule as for topic levels and object keys: src/contract/names.ts (a test holds them together). */
export const CONFIG_NAME_PATTERN = /^[a-z0-9][a-z0-9-]{0,47}$/;

export const name = z
  .string()
  .regex(CONFIG_NAME_PATTERN, 'Expected 1 to 48 of a-z, 0-9 and -, beginning with a letter or digit');

/** With device, camera and id a topic must stay below the 512 bytes that the contract allows. */
const MAX_PREFIX_BYTES = 200;

/** One or more topic levels without wildcards; `$` topics belong to brokers [MQTT-4.7.2-1]. */
export const topicPrefix = z
  .string()
  .regex(
    /^[^\s+#/$\p{Cc}][^\s+#/\p{Cc}]*(\/[^\s+#/\p{Cc}]+)*$/u,
    'Expected a topic without spaces, + and #, without / at its ends and $ at its beginning',
  )
  .refine((text) => Buffer.byteLength(text) <= MAX_PREFIX_BYTES, `Expected at most ${MAX_PREFIX_BYTES} bytes`);

const BROKER_URL = 'Expected mqtt://host:port or mqtts://host:port';

export const brokerUrl = z
  .string()
  .regex(/^(mqtts?|wss?):\/\/[^\s/]+(\/\S*)?$/, BROKER_URL)
  .refine((text) => URL.canParse(text), BROKER_URL);

export const storeUrl = z.string().min(1, 'Expected a folder, file:///folder or s3://bucket/prefix');

export const ratio = z.number().min(0).max(1);
export const port = z.int().min(0).max(65535);
export const seconds = z.number().positive();
