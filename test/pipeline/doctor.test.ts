import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { makeTestImage } from '../../src/cli/doctor/test-image.ts';
import { EXIT_CODES } from '../../src/platform/exit-codes.ts';
import { DoctorSite, hopsOf } from '../support/doctor-site.ts';
import { eventually } from '../support/eventually.ts';
import { temporaryFolder } from '../support/folder.ts';
import { freePort } from '../support/free-port.ts';
import { type Mosquitto, startMosquitto } from '../support/mosquitto.ts';
import { connectClient } from '../support/mqtt-client.ts';
import { partDescribe, requirePart } from '../support/parts.ts';
import { makePhotos } from '../support/photos.ts';
import { startS3Server } from '../support/s3-server.ts';
import { SightlineProcess, sightline } from '../support/sightline.ts';
import { keysBelow } from '../support/stored-files.ts';

const ALL_WELL = {
  configuration: 'ok',
  'edge broker': 'ok',
  'cloud broker': 'ok',
  forwarder: 'ok',
  uplink: 'ok',
  'image-processor': 'ok',
  store: 'ok',
};

partDescribe('mosquitto', 'sightline doctor, and all is well', () => {
  let brokers: { edge: Mosquitto; cloud: Mosquitto };
  const cleanups: (() => unknown)[] = [];
  beforeAll(async () => {
    brokers = { edge: await startMosquitto(), cloud: await startMosquitto() };
  });
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  });
  afterAll(async () => {
    await brokers.edge.stop();
    await brokers.cloud.stop();
  });

  function site(config: Record<string, unknown> = {}): DoctorSite {
    const made = new DoctorSite({ edge: brokers.edge.url, cloud: brokers.cloud.url, config });
    cleanups.push(() => made.stop());
    return made;
  }

  it('each hop has its time, and nothing is left in store, spool and brokers', async () => {
    const chain = site();
    const forwarder = await chain.startForwarder();
    await chain.startProcessor();
    await chain.ready();
    const { code, stdout } = await chain.doctor();
    expect(stdout).toMatch(/^✓ edge broker +[\d.]+ ms +[\d.]+ ms {2}mqtt:\/\/127\.0\.0\.1:\d+ \(MQTT 5\)$/m);
    expect(stdout).toMatch(/^✓ forwarder +[\d.]+ ms +[\d.]+ ms {2}forwarder-gate-\w+ has it on disk$/m);
    expect(stdout).toMatch(
      /^✓ image-processor .* stored it \(.* ms\), read it back \(.* ms\) and removed it \(.* ms\)$/m,
    );
    expect(stdout).toMatch(/^✓ store .*faces: nothing is left\n\nAll is well: \d+ ms in all\.\n$/m);
    expect(code).toBe(EXIT_CODES.ok);

    expect(keysBelow(chain.store)).toEqual([]);
    expect(existsSync(`${chain.store}/doctor`)).toBe(false);
    await eventually(
      () => forwarder.status(),
      ({ counts, captured, gap }) => Object.values(counts).every((count) => count === 0) && captured === 0 && gap === 0,
    );
    for (const { url } of [brokers.edge, brokers.cloud]) {
      const late = await connectClient(url, { '#': { qos: 1 } });
      await late.client.subscribeAsync('$SYS/broker/version');
      await eventually(() => late.received.some(({ topic }) => topic === '$SYS/broker/version'), Boolean);
      expect(late.received.map(({ topic }) => topic).filter((topic) => topic.includes('captures'))).toEqual([]);
      late.client.end(true);
    }
  }, 60_000);

  it('a bucket is examined as a folder is', async (context) => {
    const part = requirePart('s3');
    if (!part.present) context.skip(part.reason);
    const s3 = await startS3Server();
    cleanups.push(() => s3.stop());
    await s3.createBucket('faces');
    const store = { url: 's3://faces/site-a', endpoint: s3.url, pathStyle: true };
    const chain = site({ store: { ...store, accessKeyId: 'test', secretAccessKey: 'test' } });
    await chain.startForwarder();
    await chain.startProcessor();
    await chain.ready();
    const result = await chain.doctor('--json');
    expect(hopsOf(result)).toEqual(ALL_WELL);
    expect(JSON.parse(result.stdout)).toMatchObject({ ok: true, remarks: [] });
    expect(await s3.keys('faces')).toEqual([]);
  }, 60_000);

  it('again and again, and what comes after it goes its way too', async () => {
    const chain = site();
    await chain.startForwarder();
    await chain.startProcessor();
    await chain.ready();
    for (let time = 0; time < 3; time += 1) expect(hopsOf(await chain.doctor('--json'))).toEqual(ALL_WELL);
    const sender = await connectClient(brokers.edge.url);
    cleanups.push(() => sender.client.end(true));
    const { bytes } = makeTestImage('face_detection', 'gate', new Date());
    await sender.client.publishAsync('face_detection', bytes, { qos: 1 });
    await eventually(
      () => keysBelow(chain.store).length,
      (count) => count === 1,
    );
  }, 90_000);

  it('two at once do not disturb each other', async () => {
    const chain = site();
    await chain.startForwarder();
    await chain.startProcessor();
    await chain.ready();
    const results = await Promise.all([chain.doctor('--json'), chain.doctor('--json'), chain.doctor('--json')]);
    for (const result of results) expect(hopsOf(result)).toEqual(ALL_WELL);
    expect(keysBelow(chain.store)).toEqual([]);
  }, 60_000);

  it('--from cloud needs no edge', async () => {
    const chain = new DoctorSite({ edge: 'mqtt://127.0.0.1:1', cloud: brokers.cloud.url });
    cleanups.push(() => chain.stop());
    await chain.startProcessor();
    await chain.ready();
    const result = await chain.doctor('--from', 'cloud', '--json');
    expect(hopsOf(result)).toEqual({
      configuration: 'ok',
      'cloud broker': 'ok',
      'image-processor': 'ok',
      store: 'ok',
    });
    expect(result.code).toBe(EXIT_CODES.ok);
    expect(keysBelow(chain.store)).toEqual([]);
  }, 60_000);

  it('on a machine of the cloud, where nobody has configured an edge, it begins there by itself', async () => {
    const chain = site({ edge: {} });
    await chain.startProcessor();
    await chain.ready();
    const result = await chain.doctor('--json');
    // Port 1883 may be anybody's on the machine of this test.
    if (hopsOf(result)['edge broker'] === 'ok') return;
    expect(hopsOf(result)).toMatchObject({ 'edge broker': 'skipped', 'image-processor': 'ok', store: 'ok' });
    expect(result.code).toBe(EXIT_CODES.ok);
  }, 60_000);

  it('a running npm start is found without a word of configuration, whatever ports it took', async () => {
    const folder = temporaryFolder();
    cleanups.push(folder.remove);
    const lines = ['version: 1', `http: { port: ${await freePort()} }`, 'cameras: [{ id: camera, source: photos }]'];
    writeFileSync(join(folder.path, 'sightline.yaml'), `${lines.join('\n')}\n`);
    await makePhotos(join(folder.path, 'photos'), 1);
    const up = new SightlineProcess(['up'], { cwd: folder.path });
    cleanups.push(() => up.stop());
    await up.says(/stored {2}device=/);
    const { code, stdout } = await sightline({ cwd: folder.path }, 'doctor');
    expect(stdout).toMatch(/^✓ configuration .* sightline\.yaml and the running npm start$/m);
    expect(stdout).toMatch(/^✓ store .*faces: nothing is left$/m);
    expect(code).toBe(EXIT_CODES.ok);
    expect(up.stdout).not.toContain('camera=doctor');
    expect(keysBelow(join(folder.path, 'faces')).filter((key) => /doctor/.test(key))).toEqual([]);
  }, 60_000);

  it('the image goes before what has piled up, and finds its way', async () => {
    const chain = site();
    const forwarder = await chain.startForwarder();
    const sender = await connectClient(brokers.edge.url);
    cleanups.push(() => sender.client.end(true));
    const backlog = Array.from({ length: 200 }, () => makeTestImage('face_detection', 'gate', new Date()));
    // Published bare they are nobody's test images, and are kept.
    for (const { bytes } of backlog) await sender.client.publishAsync('face_detection', bytes, { qos: 1 });
    await eventually(
      () => forwarder.status().counts.pending,
      (pending) => pending === 200,
    );
    await chain.startProcessor();
    await chain.ready();
    expect(hopsOf(await chain.doctor('--json'))).toEqual(ALL_WELL);
    await eventually(
      () => keysBelow(chain.store).length,
      (count) => count === 200,
      30_000,
    );
  }, 90_000);
});
