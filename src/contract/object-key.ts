import { captureIdTime } from './capture-id.ts';
import type { ImageFormat } from './image/image.ts';
import { BARE_CAMERA } from './names.ts';
import type { CaptureAddress } from './topics.ts';

const EXTENSIONS: Record<ImageFormat, string> = { png: 'png', jpeg: 'jpg', webp: 'webp' };

/**
 * Key of a capture's object under the store's prefix, from topic and bytes alone: day and hour are the id's own (UTC).
 * Hive-style partitions, so Athena and DuckDB read them as they are.
 */
export function objectKey({ device, camera, id }: CaptureAddress, format: ImageFormat): string {
  // Split, not cut at columns: an id from outside may name a year of six digits.
  const [day = '', time = ''] = captureIdTime(id).toISOString().split('T');
  return `device=${device}/camera=${camera}/dt=${day}/hh=${time.slice(0, 2)}/${id}.${EXTENSIONS[format]}`;
}

/** Key of a bare image that reached a processor: no clock, no state, so any number of processors and repeats make one object. */
export function bareObjectKey(device: string, sha256: string, format: ImageFormat): string {
  return `device=${device}/camera=${BARE_CAMERA}/sha256=${sha256.slice(0, 2)}/${sha256}.${EXTENSIONS[format]}`;
}

/** Key under which a store keeps what a processor refused and no forwarder holds. */
export function quarantineKey(sha256: string): string {
  return `quarantine/sha256=${sha256.slice(0, 2)}/${sha256}`;
}
