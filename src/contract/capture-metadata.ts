import { readXmp, writeXmp } from './image/image.ts';
import { type CaptureMetadata, captureMetadataFromText, METADATA_VERSION } from './metadata.ts';
import { readXmpProperties } from './xmp/xmp-reader.ts';
import type { XmpProperties, XmpValue } from './xmp/xmp-value.ts';
import { encodeXmp } from './xmp/xmp-writer.ts';

/** Metadata that this version can't read. */
export class MetadataError extends Error {
  override readonly name = 'MetadataError';
}

/** The three facts that every version of the metadata has; each undefined where the packet lacks it. */
export interface CaptureIdentity {
  readonly id: string | undefined;
  readonly device: string | undefined;
  readonly camera: string | undefined;
}

/** A copy of the image that carries the capture's metadata. */
export function embedMetadata(image: Buffer, metadata: CaptureMetadata): Buffer {
  return writeXmp(image, encodeXmp(metadata));
}

/**
 * The metadata inside an image, or undefined for a bare image.
 * @throws MetadataError when it was written by a newer version or breaks the schema.
 */
export function readMetadata(image: Buffer): CaptureMetadata | undefined {
  const properties = readImageProperties(image);
  if (!properties) return undefined;
  const version = typeof properties.version === 'string' ? Number(properties.version) : Number.NaN;
  if (version > METADATA_VERSION) {
    throw new MetadataError(
      `Expected metadata of version ${METADATA_VERSION} or older, got ${version}; update Sightline to read it`,
    );
  }
  const parsed = captureMetadataFromText.safeParse({ ...properties, landmarks: readPoints(properties.landmarks) });
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new MetadataError(
    `Expected capture metadata of version ${METADATA_VERSION}; ${issue?.path.join('.')}: ${issue?.message}`,
  );
}

/** Who a capture says it is, whatever the version of its metadata; undefined for a bare image. */
export function readIdentity(image: Buffer): CaptureIdentity | undefined {
  const properties = readImageProperties(image);
  return properties && identityIn(properties);
}

/** As readIdentity, for properties that were read already. */
export function identityIn(properties: XmpProperties): CaptureIdentity {
  return { id: text(properties.id), device: text(properties.device), camera: text(properties.camera) };
}

/** Our properties inside an image, as they stand there; undefined for a bare image. */
export function readImageProperties(image: Buffer): XmpProperties | undefined {
  const packet = readXmp(image);
  return packet && readXmpProperties(packet);
}

function readPoints(points: XmpValue | undefined): XmpValue[] {
  return Array.isArray(points) ? points.map((point) => (typeof point === 'string' ? point.split(' ') : point)) : [];
}

function text(value: XmpValue | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
