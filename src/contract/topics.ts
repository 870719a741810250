import { isCaptureId } from './capture-id.ts';
import { MAX_TOPIC_BYTES } from './limits.ts';
import { isName } from './names.ts';
import { RefusalError } from './refusal.ts';

export const DEFAULT_PREFIX = 'face_detection';

/** Where a capture belongs: everything that routing and the object key need. */
export interface CaptureAddress {
  readonly device: string;
  readonly camera: string;
  readonly id: string;
}

export type DeviceChannel = 'receipts' | 'status' | 'stats' | 'ledger' | 'owner';

export type ParsedTopic =
  | { readonly type: 'bare' }
  | ({ readonly type: 'capture' } & CaptureAddress)
  | { readonly type: DeviceChannel; readonly device: string };

const CHANNELS: ReadonlySet<string> = new Set<DeviceChannel>(['receipts', 'status', 'stats', 'ledger', 'owner']);

export function captureTopic(prefix: string, { device, camera, id }: CaptureAddress): string {
  return `${prefix}/${device}/captures/${camera}/${id}`;
}

export function deviceTopic(prefix: string, device: string, channel: DeviceChannel): string {
  return `${prefix}/${device}/${channel}`;
}

/** Topic filter for the captures of all devices. Bare images come on the prefix itself. */
export function captureFilter(prefix: string): string {
  return `${prefix}/+/captures/#`;
}

/**
 * Reads a topic that came from outside; nothing in it is trusted.
 * @throws RefusalError `bad-topic` or `not-a-uuidv7`.
 */
export function parseTopic(prefix: string, topic: string): ParsedTopic {
  if (Buffer.byteLength(topic) > MAX_TOPIC_BYTES) {
    throw new RefusalError(
      'bad-topic',
      `Expected a topic of at most ${MAX_TOPIC_BYTES} bytes, got ${Buffer.byteLength(topic)}`,
    );
  }
  if (topic === prefix) return { type: 'bare' };
  const levels = topic.startsWith(`${prefix}/`) ? topic.slice(prefix.length + 1).split('/') : [];
  const [device = '', channel = '', camera = '', id = ''] = levels;
  if (levels.length === 2 && CHANNELS.has(channel) && isName(device)) return { type: channel as DeviceChannel, device };
  if (levels.length !== 4 || channel !== 'captures' || !isName(device) || !isName(camera)) {
    throw new RefusalError(
      'bad-topic',
      `Expected ${prefix} or ${prefix}/<device>/captures/<camera>/<id> with names of a-z, 0-9 and -, got ${quote(topic)}`,
    );
  }
  if (!isCaptureId(id))
    throw new RefusalError('not-a-uuidv7', `Expected a lower-case UUIDv7 as capture id, got ${quote(id)}`);
  return { type: 'capture', device, camera, id };
}

/** Where a capture belongs, or undefined when the topic names no such place. */
export function captureAddress(prefix: string, topic: string): CaptureAddress | undefined {
  try {
    const parsed = parseTopic(prefix, topic);
    return parsed.type === 'capture' ? parsed : undefined;
  } catch (error) {
    if (error instanceof RefusalError) return undefined;
    throw error;
  }
}

/** A text from outside, made safe and short for messages and logs. */
function quote(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text);
}
