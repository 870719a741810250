import { expect, it } from 'vitest';
import { eventually } from '../../../test/support/eventually.ts';
import { DEVICE, forwarderSite, makeCapture, PREFIX } from '../../../test/support/forwarder-site.ts';
import { partDescribe } from '../../../test/support/parts.ts';
import { encodeReceipt } from '../../contract/receipts.ts';
import { sha256Hex } from '../../contract/sha256.ts';

const site = forwarderSite();

partDescribe('mosquitto', 'the forwarder between two real Mosquittos', () => {
  it('says held for what it has on disk, and lets go of it when the store has it', async () => {
    const { camera, cloud, receipts, forwarder } = await site.setUp();
    const { got } = site.processor(cloud.url);
    const sent = await Promise.all(Array.from({ length: 20 }, () => makeCapture()));
    for (const { topic, payload } of sent) await camera.publish(topic, payload, { qos: 1 });
    await eventually(
      () => forwarder.status().counts,
      ({ stored }) => stored === 20,
    );
    expect(got.map(({ topic }) => topic).sort()).toEqual(sent.map(({ topic }) => topic).sort());
    const held = receipts.filter(({ state }) => state === 'held').flatMap(({ captures }) => captures);
    expect(new Map(held)).toEqual(new Map(sent.map(({ id, payload }) => [id, sha256Hex(payload)])));
    expect(forwarder.status()).toMatchObject({ pendingBytes: 0, counts: { pending: 0 } });
  });

  it('keeps what the cloud cannot take, over a restart of its own, and sends it later', async () => {
    const { camera, edge, cloud, folder, forwarder, receipts } = await site.setUp();
    await cloud.kill();
    for (let index = 0; index < 5; index += 1) {
      const { topic, payload } = await makeCapture(index % 2 ? 'other' : DEVICE);
      await camera.publish(topic, payload, { qos: 1 });
    }
    await eventually(
      () => receipts.flatMap(({ captures }) => captures).length,
      (count) => count === 5,
    );
    await forwarder.stop();
    await cloud.restart();
    const { got } = site.processor(cloud.url);
    const again = await site.start(edge.url, cloud.url, folder.path);
    await eventually(
      () => again.status().counts,
      ({ stored }) => stored === 5,
    );
    expect(new Set(got.map(({ topic }) => topic)).size).toBe(5);
  });

  it('sends again what got no receipt, and believes none with another hash, none retained, none of its own', async () => {
    const { camera, cloud, forwarder } = await site.setUp();
    const silent = { isSilent: true };
    const { got, link: far } = site.processor(cloud.url, () => (silent.isSilent ? undefined : 'stored'));
    await eventually(() => far.isUp, Boolean);
    const { id, topic, payload } = await makeCapture();
    await camera.publish(topic, payload, { qos: 1 });
    await eventually(
      () => got.length,
      (count) => count > 0,
    );
    const forged = encodeReceipt({ state: 'stored', captures: [[id, 'a'.repeat(64)]], by: 'forger' });
    await far.publish(`${PREFIX}/${DEVICE}/receipts`, forged, { qos: 1 });
    await far.publish(`${PREFIX}/${DEVICE}/receipts`, 'not a receipt', { qos: 1 });
    await far.publish(
      `${PREFIX}/${DEVICE}/receipts`,
      encodeReceipt({ state: 'held', captures: [[id, sha256Hex(payload)]], by: 'x' }),
      { qos: 1 },
    );
    expect(forwarder.status().counts.pending).toBe(1);
    silent.isSilent = false;
    await cloud.restart();
    await eventually(
      () => forwarder.status().counts.stored,
      (stored) => stored === 1,
    );
    expect(got.length).toBeGreaterThan(1);
  });

  it('answers a repeat from its record, and sends it no second time', async () => {
    const { camera, cloud, receipts, forwarder } = await site.setUp();
    const { got } = site.processor(cloud.url);
    const { topic, payload } = await makeCapture();
    await camera.publish(topic, payload, { qos: 1 });
    await eventually(
      () => forwarder.status().counts.stored,
      (stored) => stored === 1,
    );
    await camera.publish(topic, payload, { qos: 1 });
    await eventually(
      () => receipts.at(-1)?.state,
      (state) => state === 'stored',
    );
    expect(got).toHaveLength(1);
  });
});
