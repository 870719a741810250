import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { makeTestImage } from '../../src/cli/doctor/test-image.ts';
import { decodeReceipt, encodeReceipt } from '../../src/contract/receipts.ts';
import { sha256Hex } from '../../src/contract/sha256.ts';
import { EXIT_CODES } from '../../src/platform/exit-codes.ts';
import { doctorSites, hopsOf } from '../support/doctor-site.ts';
import { eventually } from '../support/eventually.ts';
import { temporaryFolder } from '../support/folder.ts';
import { startMoodyS3 } from '../support/moody-s3.ts';
import { connectClient } from '../support/mqtt-client.ts';
import { partDescribe } from '../support/parts.ts';
import { keysBelow } from '../support/stored-files.ts';

const { broker, site, atTheEnd } = doctorSites();

partDescribe('mosquitto', 'sightline doctor, when it fails in the cloud or comes back odd', () => {
  it('no image-processor runs: the image waits at the cloud broker for nobody', async () => {
    const chain = await site();
    await chain.startForwarder();
    await chain.ready();
    const { code, stdout } = await chain.doctor('--timeout', '3');
    expect(code).toBe(EXIT_CODES.unbalanced);
    expect(stdout).toMatch(/^✓ uplink .* the cloud broker has it$/m);
    expect(stdout).toMatch(/^✗ image-processor .* nothing within 3 s$/m);
    expect(stdout).toContain('heard: no image-processor answers on this machine');
  }, 60_000);

  it('no image-processor runs and captures wait: first of all, nobody answers', async () => {
    const chain = await site();
    const forwarder = await chain.startForwarder();
    await chain.ready();
    const sender = await connectClient(chain.edgeUrl);
    atTheEnd(() => sender.client.end(true));
    // More than may be under way at once.
    for (let index = 0; index < 8; index += 1) {
      const { bytes } = makeTestImage('face_detection', 'gate', new Date());
      await sender.client.publishAsync('face_detection', bytes, { qos: 1 });
    }
    await eventually(
      () => forwarder.status().counts.pending,
      (pending) => pending === 8,
    );
    const { code, stdout } = await chain.doctor('--timeout', '2');
    expect(code).toBe(EXIT_CODES.unbalanced);
    expect(stdout).toMatch(/^· uplink .* the test image waits behind others$/m);
    expect(stdout).toMatch(/^✗ image-processor .* nobody in the cloud answers the forwarder \(waited 2 s\)$/m);
    expect(stdout).toContain('heard: 8 more captures wait in its spool');
    expect(stdout).toMatch(
      /heard: no image-processor answers on this machine .*\n {4}→ Is an image-processor running\?/,
    );
    expect(stdout).toContain('this topicPrefix (face_detection) and the group that all image-processors share');
    expect(stdout).toContain('Not well: image-processor.');
  }, 60_000);

  it('what waited is removed once the chain works again', async () => {
    const chain = await site();
    const forwarder = await chain.startForwarder();
    await chain.ready();
    await chain.doctor('--timeout', '2');
    expect(forwarder.status().counts.pending).toBe(1);
    await chain.startProcessor();
    await eventually(
      () => forwarder.status().counts.pending,
      (pending) => pending === 0,
      60_000,
    );
    expect(keysBelow(chain.store)).toEqual([]);
    expect(forwarder.status()).toMatchObject({ captured: 0, gap: 0 });
  }, 90_000);

  it('the store forbids: its own words', async () => {
    const s3 = await startMoodyS3('works');
    atTheEnd(() => s3.stop());
    const store = { url: 's3://faces/site', endpoint: s3.url, pathStyle: true };
    const chain = await site({}, { store: { ...store, accessKeyId: 'test', secretAccessKey: 'test' } });
    await chain.startForwarder();
    await chain.startProcessor();
    await chain.ready();
    s3.mood = 'forbids';
    const { code, stdout } = await chain.doctor('--timeout', '12');
    expect(code).toBe(EXIT_CODES.unbalanced);
    expect(stdout).toMatch(/^✗ image-processor .* nothing within 12 s$/m);
    expect(stdout).toMatch(/heard: the image-processor on this machine .* store: .*answered 403/);
    s3.mood = 'works';
  }, 90_000);

  it('captures can not be read on the cloud broker by this user: the receipt tells', async () => {
    const folder = temporaryFolder();
    atTheEnd(folder.remove);
    const rules = join(folder.path, 'acl');
    writeFileSync(
      rules,
      'topic write face_detection/gate/#\ntopic read face_detection/gate/receipts\nuser p\ntopic readwrite face_detection/#\n',
    );
    const cloud = await broker({ lines: [`acl_file ${rules}`] });
    const chain = await site({ cloud: cloud.url });
    await chain.startForwarder();
    await chain.startProcessor({ cloud: { broker: cloud.url, username: 'p' } });
    await chain.ready();
    const result = await chain.doctor('--json');
    expect(hopsOf(result)).toMatchObject({ uplink: 'unseen', 'image-processor': 'ok', store: 'ok' });
    expect(result.code).toBe(EXIT_CODES.ok);
  }, 60_000);

  it('an image-processor of an older version keeps the image: doctor names it', async () => {
    const chain = await site();
    await chain.startForwarder();
    await chain.ready();
    const cloud = chain.cloudUrl;
    const old = await connectClient(cloud, { 'face_detection/+/captures/#': { qos: 1 } });
    atTheEnd(() => old.client.end(true));
    old.client.on('message', (topic, payload) => {
      const captures: [string, string][] = [[topic.split('/').at(-1) ?? '', sha256Hex(payload)]];
      const receipt = encodeReceipt({ state: 'stored', captures, by: 'p-old' });
      expect(decodeReceipt(receipt)).toBeDefined();
      old.client.publish('face_detection/gate/receipts', receipt, { qos: 1 });
    });
    const { code, stdout } = await chain.doctor();
    expect(code).toBe(EXIT_CODES.ok);
    expect(stdout).toMatch(/^✓ image-processor .* p-old stored it as if it were a face/m);
  }, 60_000);

  it('a clock that is wrong in the cloud is told', async () => {
    const chain = await site();
    await chain.startForwarder();
    await chain.ready();
    const cloud = chain.cloudUrl;
    const ahead = await connectClient(cloud, { 'face_detection/+/captures/#': { qos: 1 } });
    atTheEnd(() => ahead.client.end(true));
    ahead.client.on('message', (topic, payload) => {
      const captures: [string, string][] = [[topic.split('/').at(-1) ?? '', sha256Hex(payload)]];
      const at = new Date(Date.now() + 3_600_000).toISOString();
      const receipt = encodeReceipt({
        state: 'stored',
        captures,
        by: 'p-ahead',
        test: { at, putMs: 1, readMs: 1, removeMs: 1 },
      });
      ahead.client.publish('face_detection/gate/receipts', receipt, { qos: 1 });
    });
    const { stdout } = await chain.doctor();
    expect(stdout).toMatch(/^! the clock of p-ahead is 3(599|600)\.\d s ahead of this machine's/m);
  }, 60_000);
});
