import { readMetadata } from './capture-metadata.ts';
import { type CaptureProperties, captureProperties } from './cloud-events.ts';
import { imageFormat } from './image/image.ts';

/** The MQTT 5 properties of an image, from what it carries; undefined for a bare one, and for metadata that this version can't read. */
export function imageProperties(image: Buffer): CaptureProperties | undefined {
  const format = imageFormat(image);
  try {
    const metadata = readMetadata(image);
    return metadata && format ? captureProperties(metadata, format) : undefined;
  } catch {
    return undefined;
  }
}
