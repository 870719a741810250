import { readFacts } from '../../contract/capture-facts.ts';
import { captureProperties } from '../../contract/cloud-events.ts';
import { imageFormat } from '../../contract/image/image.ts';
import { BARE_CAMERA } from '../../contract/names.ts';
import { captureAddress } from '../../contract/topics.ts';
import type { PublishOptions } from '../../platform/mqtt/connection.ts';

/** A capture's facts as MQTT 5 properties. What is in a bare image is of an earlier life; nothing is told of it but its address. */
export function mirroredProperties(prefix: string, topic: string, image: Buffer): Pick<PublishOptions, 'properties'> {
  const format = imageFormat(image);
  // Of a topic from before a change of the prefix nothing is mirrored; it goes out as it came.
  const address = captureAddress(prefix, topic);
  if (!format || !address) return {};
  const facts = address.camera === BARE_CAMERA ? undefined : readFacts(image);
  return { properties: captureProperties({ ...facts, ...address }, format) };
}
