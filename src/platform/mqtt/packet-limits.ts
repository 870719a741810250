import { UnsendableError } from './link-errors.ts';
import type { IClientPublishOptions } from './quiet-client.ts';

/** MQTT §1.5.3: a string has two bytes for its length. */
const MAX_TOPIC_BYTES = 65_535;
/** Fixed header, length of the topic, packet number, length of the properties. */
const HEADER_BYTES = 5 + 2 + 2 + 4;

export interface OutgoingPacket {
  readonly topic: string;
  readonly payload: Buffer | string;
  readonly properties: IClientPublishOptions['properties'];
}

/**
 * A packet's size in bytes, perhaps a little more. A broker answers what it can't take by hanging up, which fails all else as well.
 * @throws UnsendableError when the broker takes no such packet.
 */
export function checkPacket({ topic, payload, properties }: OutgoingPacket, maximumBytes: number): number {
  const topicBytes = Buffer.byteLength(topic);
  if (topicBytes === 0 || topicBytes > MAX_TOPIC_BYTES || /[+#\0]/.test(topic))
    throw new UnsendableError(
      `Expected a topic of 1 to ${MAX_TOPIC_BYTES} bytes without +, # and NUL, got ${JSON.stringify(topic.slice(0, 100))}`,
    );
  const payloadBytes = typeof payload === 'string' ? Buffer.byteLength(payload) : payload.length;
  const bytes = HEADER_BYTES + topicBytes + payloadBytes + propertyBytes(properties);
  if (bytes > maximumBytes)
    throw new UnsendableError(`Expected a packet of at most ${maximumBytes} bytes, as the broker said, got ${bytes}`);
  return bytes;
}

function propertyBytes(properties: OutgoingPacket['properties']): number {
  if (!properties) return 0;
  const { contentType, userProperties } = properties;
  let bytes = contentType === undefined ? 0 : 3 + Buffer.byteLength(contentType);
  for (const [name, value] of Object.entries(userProperties ?? {}))
    bytes += 5 + Buffer.byteLength(name) + Buffer.byteLength(String(value));
  return bytes;
}
