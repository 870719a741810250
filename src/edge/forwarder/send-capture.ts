import { imageProperties } from '../../contract/image-properties.ts';
import { isSelfTest } from '../../contract/self-test.ts';
import { captureAddress } from '../../contract/topics.ts';
import type { Config } from '../../platform/config/schema.ts';
import { killPoint } from '../../platform/kill-points.ts';
import type { MqttLink } from '../../platform/mqtt/link.ts';
import type { ForwarderMetrics } from './forwarder-metrics.ts';
import type { Outgoing } from './lanes.ts';

export interface SendOptions {
  readonly config: Config;
  readonly link: Pick<MqttLink, 'publish'>;
  readonly metrics: ForwarderMetrics;
}

/** Publishes a capture on the cloud broker, in its dialect. Resolves when the broker has acknowledged. @throws what the link throws */
export async function sendCapture(capture: Outgoing, { config, link, metrics }: SendOptions): Promise<void> {
  const { topic, body: payload, isFirst } = capture;
  killPoint('forwarder/before-send');
  metrics.sent.inc();
  if (!isFirst) metrics.resent.inc();
  // Of a topic from before a change of the prefix nothing is mirrored; it goes out as it came.
  const address = captureAddress(config.topicPrefix, topic);
  const properties = address && imageProperties(payload, address);
  const sending = link.publish(config.cloud.dialect === 'bare' ? config.topicPrefix : topic, payload, {
    qos: config.cloud.qos,
    ...(properties ? { properties } : {}),
  });
  killPoint('forwarder/after-send');
  await sending;
  killPoint('forwarder/after-puback');
}

/** To whoever reads bare images a test image would be a face. */
export function mustNotBeSent({ topicPrefix, cloud }: Config, topic: string): boolean {
  if (cloud.dialect !== 'bare') return false;
  const address = captureAddress(topicPrefix, topic);
  return address !== undefined && isSelfTest(address);
}
