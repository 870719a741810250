import { z } from 'zod';
import { byteSize } from './fields.ts';

const MAX_BYTES = { memory: 64 * 2 ** 20, disk: 2 ** 30 } as const;

/** Where the face-detector keeps captures. `outbox: disk` is short for `outbox: { type: disk }`. */
export const outbox = z
  .strictObject({
    type: z
      .enum(['memory', 'disk'])
      .default('memory')
      .describe('Captures on disk outlive a face-detector that is killed'),
    maxBytes: byteSize
      .optional()
      .describe('Captures held at most, default 64MiB in memory and 1GiB on disk; when it is full the least worthy go'),
    path: z
      .string()
      .min(1)
      .default('/var/lib/sightline/outbox')
      .describe('On disk: folder that survives restarts, one for each face-detector'),
    minFreeBytes: byteSize.default(2 ** 30).describe('On disk: below so much free disk the outbox stops growing'),
    keepDays: z.number().min(7).default(7).describe('On disk: how long the record of a settled capture is kept'),
  })
  .transform((keys) => ({ ...keys, maxBytes: keys.maxBytes ?? MAX_BYTES[keys.type] }));
