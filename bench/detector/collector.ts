import mqtt from 'mqtt';
import { readMetadata } from '../../src/contract/capture-metadata.ts';
import { ReceiptBatcher } from '../../src/contract/receipt-batcher.ts';
import { sha256Hex } from '../../src/contract/sha256.ts';
import { captureFilter, DEFAULT_PREFIX, deviceTopic, parseTopic } from '../../src/contract/topics.ts';
import type { SentImage } from '../visit-score/score-visits.ts';

export interface Collector {
  /** What came since the last call. */
  take(): SentImage[];
  stop(): Promise<void>;
}

/** Takes captures off a broker and answers for them as a forwarder would, in this process, so that its work is not the detector's. */
export async function startCollector(brokerUrl: string): Promise<Collector> {
  const client = await mqtt.connectAsync(brokerUrl, { protocolVersion: 5 });
  const receipts = new ReceiptBatcher({
    by: 'bench',
    publish: async (device, payload) => {
      await client.publishAsync(deviceTopic(DEFAULT_PREFIX, device, 'receipts'), payload, { qos: 1 });
    },
  });
  const images = new Map<string, SentImage>();
  client.on('message', (topic, payload) => {
    const address = parseTopic(DEFAULT_PREFIX, topic);
    if (address.type !== 'capture') return;
    const metadata = readMetadata(payload);
    if (!metadata) throw new Error(`Expected a capture with metadata on ${topic}, got a bare image.`);
    const { device, id } = address;
    // A capture that was sent again is the same capture.
    images.set(id, {
      frameIndex: metadata.frame.index,
      box: metadata.box,
      bytes: payload.length,
      ...(metadata.visit ? { visitId: metadata.visit.id } : {}),
    });
    receipts.add({ device, id, sha256: sha256Hex(payload), state: 'held' });
  });
  await client.subscribeAsync(captureFilter(DEFAULT_PREFIX), { qos: 1 });
  return {
    take() {
      const taken = [...images.values()];
      images.clear();
      return taken;
    },
    async stop() {
      await receipts.flush();
      await client.endAsync();
    },
  };
}
