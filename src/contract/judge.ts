import { type CaptureFacts, factsIn } from './capture-facts.ts';
import { type CaptureIdentity, identityIn, readIdentity, readImageProperties } from './capture-metadata.ts';
import { beginVerifying, type ImageHeader, readImageHeader, verifyImage } from './image/image.ts';
import { BARE_CAMERA } from './names.ts';
import { RefusalError } from './refusal.ts';
import { type CaptureAddress, parseTopic } from './topics.ts';

/** A message that is an image: bare, or a capture with its address. */
export interface JudgedImage {
  readonly header: ImageHeader;
  /** Undefined for a bare image. */
  readonly address: CaptureAddress | undefined;
}

/** A message that is an image as far as its first bytes tell. */
export interface ImageByHeader extends JudgedImage {
  /** What a capture says of itself, in agreement with its address. Undefined for an image of which nothing is known. */
  readonly facts: CaptureFacts | undefined;
}

/**
 * Decides whether a message from outside is a capture or a bare image, from topic and bytes alone: every keeper, of every version,
 * must come to the same answer. Never asks a clock, a store or a decoder. Other topics are a `bad-topic` here.
 * @throws RefusalError
 */
export async function judge(prefix: string, topic: string, bytes: Buffer): Promise<JudgedImage> {
  const address = readAddress(prefix, topic);
  const header = await verifyImage(bytes);
  const identity = hasIdentity(address) ? readIdentity(bytes) : undefined;
  const refusal = identity && address && disagreement(address, identity);
  if (refusal) throw refusal;
  return { header, address };
}

/**
 * The part of judge that costs next to nothing, for a keeper that passes the bytes on to one who judges: topic, size, kind, pixels,
 * and that image and topic tell of the same capture, but no checksum. What it refuses judge refuses, for the same reason; what
 * it takes may still be refused as `damaged`.
 * @throws RefusalError
 */
export function judgeByHeader(prefix: string, topic: string, bytes: Buffer): ImageByHeader {
  const address = readAddress(prefix, topic);
  const header = readImageHeader(bytes);
  const properties = hasIdentity(address) ? readImageProperties(bytes) : undefined;
  if (!address || !properties) return { header, address, facts: undefined };
  const refusal = disagreement(address, identityIn(properties));
  if (!refusal) return { header, address, facts: factsIn(properties) };
  // What disagrees may be damaged first of all. A picture too large to find out here is the next one's to refuse.
  const isWhole = beginVerifying(bytes, header.format) === undefined;
  if (isWhole) throw refusal;
  return { header, address, facts: undefined };
}

function readAddress(prefix: string, topic: string): CaptureAddress | undefined {
  const parsed = parseTopic(prefix, topic);
  if (parsed.type === 'bare') return undefined;
  if (parsed.type !== 'capture') {
    throw new RefusalError('bad-topic', `Expected a topic of captures, got one of ${parsed.type}`);
  }
  const { device, camera, id } = parsed;
  return { device, camera, id };
}

/** A bare image keeps its bytes, and with them what they say of an earlier life under another name. */
function hasIdentity(address: CaptureAddress | undefined): boolean {
  return address !== undefined && address.camera !== BARE_CAMERA;
}

function disagreement(address: CaptureAddress, identity: CaptureIdentity): RefusalError | undefined {
  const name = (['device', 'camera', 'id'] as const).find((name) => identity[name] !== address[name]);
  if (!name) return undefined;
  const [inTopic, inImage] = [address[name], JSON.stringify(identity[name])];
  return new RefusalError(
    'metadata-disagrees',
    `Expected ${name} ${inTopic} as in the topic, got ${inImage} in the image`,
  );
}
