import { randomBytes } from 'node:crypto';

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** Mints the id of a capture: a UUIDv7 (RFC 9562 §5.7) of the instant the picture was taken and 74 random bits. */
export function mintCaptureId(at: Date): string {
  return uuidV7(at, randomBytes(10));
}

/**
 * The id of a bare image: a UUIDv7 of the time of first sight whose other bits come from its SHA-256,
 * so that two keepers that see it in the same millisecond give it the same id.
 * @param sha256 64 lower-case hexadecimal digits.
 */
export function bareCaptureId(firstSeenAt: Date, sha256: string): string {
  return uuidV7(firstSeenAt, Buffer.from(sha256, 'hex').subarray(0, 10));
}

export function isCaptureId(text: string): boolean {
  return UUID_V7.test(text);
}

/** The instant inside a UUIDv7, to the millisecond. The id must have passed isCaptureId. */
export function captureIdTime(id: string): Date {
  return new Date(Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16));
}

function uuidV7(at: Date, random: Buffer): string {
  const bytes = Buffer.alloc(16);
  // A clock before 1970 or a broken one must not stop captures: the epoch stands in for it.
  const ms = Math.min(Math.max(at.getTime() || 0, 0), 2 ** 48 - 1);
  bytes.writeUIntBE(ms, 0, 6);
  random.copy(bytes, 6, 0, 10);
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
