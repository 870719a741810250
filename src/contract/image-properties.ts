import { type CaptureFacts, readFacts } from './capture-facts.ts';
import { type CaptureProperties, captureProperties } from './cloud-events.ts';
import { imageFormat } from './image/image.ts';
import { BARE_CAMERA } from './names.ts';
import type { CaptureAddress } from './topics.ts';

/**
 * A capture's facts as MQTT 5 properties, from what its image carries. What is in a bare image is of an earlier life: nothing is told of
 * it but its address.
 * @param address Where it belongs; the image's own word where none is given.
 * @returns undefined for what is no image, or has no address.
 */
export function imageProperties(image: Buffer, address?: CaptureAddress): CaptureProperties | undefined {
  const format = imageFormat(image);
  const facts = address?.camera === BARE_CAMERA ? undefined : readFacts(image);
  const place = address ?? addressIn(facts);
  return format && place && captureProperties({ ...facts, ...place }, format);
}

function addressIn({ device, camera, id }: Partial<CaptureFacts> = {}): CaptureAddress | undefined {
  return device === undefined || camera === undefined || id === undefined ? undefined : { device, camera, id };
}
