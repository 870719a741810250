import type { ImageFormat } from './image/image.ts';
import { IMAGE_MEDIA_TYPES } from './image/image.ts';
import type { CaptureAddress } from './topics.ts';

export const CAPTURED_EVENT_TYPE = 'dev.sightline.face.captured';

/** MQTT 5 properties of a published capture. */
export interface CaptureProperties {
  readonly contentType: string;
  readonly userProperties: Readonly<Record<string, string>>;
}

/** What is mirrored of a capture: its metadata, or its address and what of its facts could be read. */
export type MirroredFacts = CaptureAddress & {
  readonly capturedAt?: string | undefined;
  readonly traceparent?: string | undefined;
};

/**
 * The capture as a CloudEvents 1.0 event in binary mode (MQTT Protocol Binding §3.1): a mirror of what the image itself
 * carries, for tools that know the standard. Nothing may depend on it: MQTT 3.1.1 hops drop it.
 */
export function captureProperties(
  { id, device, camera, capturedAt, traceparent }: MirroredFacts,
  format: ImageFormat,
): CaptureProperties {
  return {
    contentType: IMAGE_MEDIA_TYPES[format],
    userProperties: {
      specversion: '1.0',
      id,
      source: `/${device}/${camera}`,
      type: CAPTURED_EVENT_TYPE,
      ...(capturedAt !== undefined && { time: capturedAt }),
      ...(traceparent !== undefined && { traceparent }),
    },
  };
}
