import mqtt from 'mqtt';
import { captureTopic, DEFAULT_PREFIX } from '../../../src/contract/topics.ts';
import { captureMould, writeCaptureId } from './capture-mould.ts';
import { answerCalls } from './child-calls.ts';
import { loadId } from './load-id.ts';

export interface BarePublisherOptions {
  readonly port: number;
  readonly generator: number;
  readonly bytes: number;
  /** Captures that the broker has not acknowledged, at most. */
  readonly inFlight: number;
}

/** The least that a sender in Node can be: mqtt.js alone, its captures made as they go, nothing on disk, no receipts. */
answerCalls({
  async start({ port, generator, bytes, inFlight }: BarePublisherOptions) {
    const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, { protocolVersion: 5 });
    const address = { device: 'bench', camera: 'door' };
    const mould = await captureMould(bytes, address.device, address.camera);
    let published = 0;
    const publish = () => {
      const id = loadId(Date.now(), generator, published);
      published += 1;
      const capture = Buffer.from(mould.bytes);
      writeCaptureId(mould, capture, 0, id);
      client.publish(captureTopic(DEFAULT_PREFIX, { ...address, id }), capture, { qos: 1 }, publish);
    };
    for (let n = 0; n < inFlight; n += 1) publish();
  },
});
