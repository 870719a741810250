import { readIdentity } from './capture-metadata.ts';
import { type ImageHeader, verifyImage } from './image/image.ts';
import { BARE_CAMERA } from './names.ts';
import { RefusalError } from './refusal.ts';
import { type CaptureAddress, parseTopic } from './topics.ts';

/** A message that is an image: bare, or a capture with its address. */
export interface JudgedImage {
  readonly header: ImageHeader;
  /** Undefined for a bare image. */
  readonly address: CaptureAddress | undefined;
}

/**
 * Decides whether a message from outside is a capture or a bare image, from topic and bytes alone: every keeper, of every version,
 * must come to the same answer. Never asks a clock, a store or a decoder. Other topics are a `bad-topic` here.
 * @throws RefusalError
 */
export async function judge(prefix: string, topic: string, bytes: Buffer): Promise<JudgedImage> {
  const parsed = parseTopic(prefix, topic);
  if (parsed.type !== 'bare' && parsed.type !== 'capture') {
    throw new RefusalError('bad-topic', `Expected a topic of captures, got one of ${parsed.type}`);
  }
  const header = await verifyImage(bytes);
  if (parsed.type === 'bare') return { header, address: undefined };
  const { device, camera, id } = parsed;
  // A bare image keeps its bytes, and with them what they say of an earlier life under another name.
  const identity = camera === BARE_CAMERA ? undefined : readIdentity(bytes);
  for (const [name, inTopic] of Object.entries({ device, camera, id })) {
    const inImage = identity?.[name as keyof typeof identity];
    if (identity && inImage !== inTopic) {
      throw new RefusalError(
        'metadata-disagrees',
        `Expected ${name} ${inTopic} as in the topic, got ${JSON.stringify(inImage)} in the image`,
      );
    }
  }
  return { header, address: { device, camera, id } };
}
