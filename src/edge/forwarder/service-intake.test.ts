import { expect, it } from 'vitest';
import { eventually } from '../../../test/support/eventually.ts';
import { DEVICE, forwarderSite, image, makeCapture, PREFIX } from '../../../test/support/forwarder-site.ts';
import { partDescribe } from '../../../test/support/parts.ts';
import { sha256Hex } from '../../contract/sha256.ts';
import { parseTopic } from '../../contract/topics.ts';

const site = forwarderSite();

partDescribe('mosquitto', 'what a forwarder between two real Mosquittos takes in and refuses', () => {
  it('refuses the same id with other bytes, and leaves the first untouched', async () => {
    const { camera, receipts, forwarder } = await site.setUp();
    const { topic, payload } = await makeCapture();
    await camera.publish(topic, payload, { qos: 1 });
    await eventually(
      () => receipts.length,
      (count) => count === 1,
    );
    await camera.publish(topic, await image(), { qos: 1 });
    await eventually(
      () => receipts.at(-1)?.reason,
      (reason) => reason === 'conflict',
    );
    expect(forwarder.status().counts).toMatchObject({ pending: 1, refused: 1 });
  });

  it('takes bare images in, each once, and gives them an address; their bytes stay', async () => {
    const { camera, cloud, forwarder } = await site.setUp();
    const { got } = site.processor(cloud.url);
    const bytes = await image();
    for (let index = 0; index < 3; index += 1) await camera.publish(PREFIX, bytes, { qos: 1 });
    await eventually(
      () => forwarder.status().counts.stored,
      (stored) => stored === 1,
    );
    expect(got).toHaveLength(1);
    expect(got[0]?.payload.equals(bytes)).toBe(true);
    expect(parseTopic(PREFIX, got[0]?.topic ?? '')).toMatchObject({ type: 'capture', device: DEVICE, camera: 'bare' });
  });

  it('refuses what is no image and what has no proper address, and goes on', async () => {
    const { camera, cloud, receipts, forwarder } = await site.setUp();
    site.processor(cloud.url);
    const { id, topic } = await makeCapture();
    await camera.publish(PREFIX, 'this is a text', { qos: 1 });
    await camera.publish(topic, 'this is a text', { qos: 1 });
    await camera.publish(`${PREFIX}/${DEVICE}/captures/../${id}`, await image(), { qos: 1 });
    await camera.publish(`${PREFIX}/${DEVICE}/captures/${'x'.repeat(30_000)}`, await image(), { qos: 1 });
    await camera.publish(`${PREFIX}/${DEVICE}/captures/door/not-an-id`, await image(), { qos: 1 });
    const good = await makeCapture();
    await camera.publish(good.topic, good.payload, { qos: 1 });
    // The same text came twice, under two addresses: by its capture's id, and by its hash.
    await eventually(
      () => forwarder.status().counts,
      ({ stored, refused }) => stored === 1 && refused === 5,
    );
    expect(receipts.find(({ state }) => state === 'refused')).toMatchObject({
      captures: [[id, sha256Hex(Buffer.from('this is a text'))]],
      reason: 'not-an-image',
    });
  });

  it('keeps in quarantine what the store refuses', async () => {
    const { camera, cloud, forwarder } = await site.setUp();
    site.processor(cloud.url, () => 'refused');
    const { topic, payload } = await makeCapture();
    await camera.publish(topic, payload, { qos: 1 });
    await eventually(
      () => forwarder.status().counts,
      ({ refused }) => refused === 1,
    );
  });

  it('in the bare dialect publishes the bytes alone, and custody ends at the broker', async () => {
    const [edge, cloud] = [await site.broker(), await site.broker()];
    const folder = site.folder();
    const { got, link: far } = site.processor(cloud.url);
    const camera = site.link(edge.url);
    const forwarder = await site.start(edge.url, cloud.url, folder.path, {
      cloud: { broker: cloud.url, dialect: 'bare' },
    });
    await eventually(() => camera.isUp && far.isUp && forwarder.readiness().every(({ ok }) => ok), Boolean);
    const { topic, payload } = await makeCapture();
    await camera.publish(topic, payload, { qos: 1 });
    await eventually(
      () => forwarder.status().counts.released,
      (released) => released === 1,
    );
    expect(got.map((message) => message.topic)).toEqual([PREFIX]);
    expect(got[0]?.payload.equals(payload)).toBe(true);
  });
});
