import { createHash, randomBytes } from 'node:crypto';
import type { SpoolCapture } from '../../src/platform/spool/protocol.ts';

export const SPOOL_SETTINGS = { maxBytes: 2 ** 30, minFreeBytes: 1, quarantineMaxBytes: 2 ** 20, keepDays: 7 };

/** A query for everything that is pending. */
export const ALL_PENDING = { after: 0, upTo: 1e9, maxCaptures: 10_000, maxBytes: 1e9 };

let counter = 0;

/** A capture as a spool takes it, each with an id and bytes of its own. */
export function spoolCapture(options: Partial<SpoolCapture> = {}): SpoolCapture {
  counter += 1;
  const body = options.body ?? randomBytes(1000);
  const id = `01890000-0000-7000-8000-${String(counter).padStart(12, '0')}`;
  return {
    id,
    device: 'gate',
    camera: 'door',
    topic: `face_detection/gate/captures/door/${id}`,
    sha256: createHash('sha256').update(body).digest('hex'),
    quality: 0.5,
    body,
    isBare: false,
    ...options,
  };
}
