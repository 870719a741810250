import { randomBytes } from 'node:crypto';
import sharp from 'sharp';
import { afterEach } from 'vitest';
import { mintCaptureId } from '../../src/contract/capture-id.ts';
import { decodeReceipt, encodeReceipt, type Receipt } from '../../src/contract/receipts.ts';
import { sha256Hex } from '../../src/contract/sha256.ts';
import { captureTopic, parseTopic } from '../../src/contract/topics.ts';
import { createForwarder, type ForwarderService } from '../../src/edge/forwarder/service.ts';
import type { Message } from '../../src/platform/mqtt/connection.ts';
import type { MqttLink } from '../../src/platform/mqtt/link.ts';
import { eventually } from './eventually.ts';
import { temporaryFolder } from './folder.ts';
import { createEdge } from './link.ts';
import { type Mosquitto, startMosquitto } from './mosquitto.ts';
import { serviceContext } from './service.ts';

export const PREFIX = 'face_detection';
export const DEVICE = 'gate';

/** A site for the tests of a file, empty again after each; call it once, outside describe. */
export function forwarderSite(): ForwarderSite {
  const site = new ForwarderSite();
  afterEach(() => site.stop());
  return site;
}

/** Forwarders between brokers, and what stands on either side of them. */
export class ForwarderSite {
  readonly #cleanups: (() => unknown)[] = [];

  /** A folder that lasts as long as this. */
  folder(): ReturnType<typeof temporaryFolder> {
    const folder = temporaryFolder();
    this.#cleanups.push(folder.remove);
    return folder;
  }

  /** Ends everything, the latest first. */
  async stop(): Promise<void> {
    for (const cleanup of this.#cleanups.splice(0).reverse()) await cleanup();
  }

  async broker(): Promise<Mosquitto> {
    const mosquitto = await startMosquitto();
    this.#cleanups.push(() => mosquitto.stop());
    return mosquitto;
  }

  link(url: string, options: Parameters<typeof createEdge>[1] = {}): MqttLink {
    const made = createEdge(url, options);
    made.start();
    this.#cleanups.push(() => made.stop());
    return made;
  }

  async start(edge: string, cloud: string, spool: string, more = {}): Promise<ForwarderService> {
    const config = {
      device: DEVICE,
      edge: { broker: edge },
      cloud: { broker: cloud },
      spool: { path: spool, minFreeBytes: 1 },
      ...more,
    };
    const forwarder = createForwarder(serviceContext(config));
    await forwarder.start();
    this.#cleanups.push(() => forwarder.stop());
    return forwarder;
  }

  /** A spool folder, two brokers, a forwarder between them, and somebody at the edge who publishes and reads receipts. */
  async setUp(more = {}) {
    const [edge, cloud] = [await this.broker(), await this.broker()];
    const folder = this.folder();
    const receipts: Receipt[] = [];
    const camera = this.link(edge.url, {
      subscriptions: [{ filter: `${PREFIX}/+/receipts`, qos: 1 }],
      onMessage: async ({ payload }) => void receipts.push(decodeReceipt(payload) as Receipt),
    });
    const forwarder = await this.start(edge.url, cloud.url, folder.path, more);
    await eventually(() => camera.isUp && forwarder.readiness().every(({ ok }) => ok), Boolean);
    return { edge, cloud, folder, receipts, camera, forwarder };
  }

  /** What stands in the cloud: answers every capture, unless told to be silent. */
  processor(url: string, answer: (message: Message) => Receipt['state'] | undefined = () => 'stored') {
    const got: Message[] = [];
    const made = this.link(url, {
      subscriptions: [
        { filter: `${PREFIX}/+/captures/#`, qos: 1 },
        { filter: PREFIX, qos: 1 },
      ],
      onMessage: async (message) => {
        got.push(message);
        const topic = parseTopic(PREFIX, message.topic);
        const state = topic.type === 'capture' ? answer(message) : undefined;
        if (topic.type !== 'capture' || !state) return;
        const receipt = encodeReceipt({
          state,
          captures: [[topic.id, sha256Hex(message.payload)]],
          by: 'test',
          ...(state === 'refused' ? { reason: 'damaged' } : {}),
        });
        void made.publish(`${PREFIX}/${topic.device}/receipts`, receipt, { qos: 1 });
      },
    });
    return { got, link: made };
  }
}

/** Another one each time. */
export async function image(): Promise<Buffer> {
  const pixels = randomBytes(16 * 16 * 3);
  return sharp(pixels, { raw: { width: 16, height: 16, channels: 3 } })
    .png()
    .toBuffer();
}

/** A capture of the camera `door`. */
export async function makeCapture(device = DEVICE) {
  const id = mintCaptureId(new Date());
  return { id, topic: captureTopic(PREFIX, { device, camera: 'door', id }), payload: await image() };
}
