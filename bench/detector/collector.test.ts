import sharp from 'sharp';
import { expect, it } from 'vitest';
import { mintCaptureId } from '../../src/contract/capture-id.ts';
import { embedMetadata } from '../../src/contract/capture-metadata.ts';
import { sampleMetadata } from '../../src/contract/fixtures/sample-metadata.ts';
import { decodeReceipt } from '../../src/contract/receipts.ts';
import { sha256Hex } from '../../src/contract/sha256.ts';
import { captureTopic, DEFAULT_PREFIX, deviceTopic } from '../../src/contract/topics.ts';
import { eventually } from '../../test/support/eventually.ts';
import { startMosquitto } from '../../test/support/mosquitto.ts';
import { connectClient } from '../../test/support/mqtt-client.ts';
import { partDescribe } from '../../test/support/parts.ts';
import { startCollector } from './collector.ts';

const address = { device: 'gate', camera: 'door' };

partDescribe('mosquitto', 'the collector', () => {
  it('answers for a capture as a forwarder would, and counts it once however often it comes', async () => {
    const broker = await startMosquitto();
    const collector = await startCollector(broker.url);
    const { client, received } = await connectClient(broker.url, {
      [deviceTopic(DEFAULT_PREFIX, 'gate', 'receipts')]: { qos: 1 },
    });
    const metadata = sampleMetadata({ ...address, id: mintCaptureId(new Date()) });
    const picture = sharp({ create: { width: 20, height: 20, channels: 3, background: 'teal' } });
    const image = embedMetadata(await picture.png().toBuffer(), metadata);
    for (let n = 1; n <= 2; n += 1) {
      await client.publishAsync(captureTopic(DEFAULT_PREFIX, metadata), image, { qos: 1 });
      await eventually(
        () => received.length,
        (count) => count === n,
      );
    }
    const held = { state: 'held', by: 'bench', captures: [[metadata.id, sha256Hex(image)]] };
    expect(received.map(({ text }) => decodeReceipt(Buffer.from(text)))).toEqual([held, held]);
    expect(collector.take()).toEqual([
      { frameIndex: 4711, box: metadata.box, bytes: image.length, visitId: metadata.visit?.id },
    ]);
    expect(collector.take()).toEqual([]);
    await client.endAsync();
    await collector.stop();
    await broker.stop();
  });
});
