import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mintCaptureId } from '../../src/contract/capture-id.ts';
import { pattern } from '../../src/contract/fixtures/test-images.ts';
import { captureTopic } from '../../src/contract/topics.ts';
import { EXIT_CODES } from '../../src/platform/exit-codes.ts';
import { eventually } from '../support/eventually.ts';
import { temporaryFolder } from '../support/folder.ts';
import { type Mosquitto, startMosquitto } from '../support/mosquitto.ts';
import { connectClient, type TestClient } from '../support/mqtt-client.ts';
import { requirePart } from '../support/parts.ts';
import { type S3Server, startS3Server } from '../support/s3-server.ts';
import { SightlineProcess, sightline } from '../support/sightline.ts';

const [s3Part, mosquittoPart] = [requirePart('s3'), requirePart('mosquitto')];
const missing = [s3Part, mosquittoPart].find(({ present }) => !present);
const CAPTURES = 6;
/** The server reads no signature, but what has none may not delete. */
const headers = {
  authorization:
    'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0000',
};

describe.skipIf(missing)(`\`audit\` and \`spool\` beside running services ${missing?.reason ?? ''}`.trim(), () => {
  const folder = temporaryFolder();
  const spool = join(folder.path, 'spool');
  let [edge, cloud]: Mosquitto[] = [];
  let s3: S3Server;
  let camera: TestClient;
  const running: SightlineProcess[] = [];
  const ids: string[] = [];
  const image = pattern(32, 32, 3).png().toBuffer();

  const place = () => ({
    cwd: folder.path,
    env: {
      SIGHTLINE_DEVICE: 'gate-3',
      SIGHTLINE_EDGE_BROKER: edge?.url ?? '',
      SIGHTLINE_CLOUD_BROKER: cloud?.url ?? '',
      SIGHTLINE_SPOOL_PATH: spool,
      SIGHTLINE_SPOOL_MIN_FREE_BYTES: '1',
      SIGHTLINE_STORE_URL: 's3://faces/site',
      SIGHTLINE_STORE_ENDPOINT: s3.url,
      SIGHTLINE_STORE_PATH_STYLE: 'true',
      SIGHTLINE_STORE_ACCESS_KEY_ID: 'test',
      SIGHTLINE_STORE_SECRET_ACCESS_KEY: 'test',
      SIGHTLINE_HTTP_PORT: '0',
    },
  });
  /** As from a machine in the cloud: there is no spool. */
  const auditor = () => ({
    ...place(),
    env: { ...place().env, SIGHTLINE_DEVICE: 'cloud-1', SIGHTLINE_SPOOL_PATH: join(folder.path, 'none') },
  });
  const start = (name: string) => {
    const process = new SightlineProcess([name], place());
    running.push(process);
    return process;
  };
  const counts = async () => JSON.parse((await sightline(place(), 'spool', 'status', '--json')).stdout).counts;
  const publish = async (device: string) => {
    const id = mintCaptureId(new Date());
    const topic = captureTopic('face_detection', { device, camera: 'door', id });
    await camera.client.publishAsync(topic, await image, { qos: 1 });
    return id;
  };
  const findings = (stdout: string) =>
    stdout.split('\n').flatMap((line) => (line.includes('"finding"') ? [JSON.parse(line)] : []));

  beforeAll(async () => {
    [edge, cloud, s3] = await Promise.all([startMosquitto(), startMosquitto(), startS3Server()]);
    await s3.createBucket('faces');
    mkdirSync(join(folder.path, 'models'));
    camera = await connectClient(edge.url);
    start('image-processor');
    start('forwarder');
    await eventually(
      async () => readdirSync(folder.path).includes('spool') && readdirSync(spool).includes('desk.sock'),
      Boolean,
      60_000,
    );
  }, 120_000);

  afterAll(async () => {
    camera?.client.end(true);
    for (const process of running) await process.stop('SIGTERM');
    await Promise.all([edge?.stop(), cloud?.stop(), s3?.stop()]);
    folder.remove();
  }, 120_000);

  it('balance: on the device and over the cloud broker, for each device of the edge', async () => {
    // Until the forwarder has subscribed nobody hears a camera that is not a keeper.
    await eventually(
      async () => {
        await publish('gate-3');
        return (await counts()).stored;
      },
      (stored) => stored > 0,
      60_000,
    );
    for (let count = 0; count < CAPTURES; count += 1) ids.push(await publish(count % 2 ? 'gate-4' : 'gate-3'));
    await eventually(counts, ({ stored, pending }) => stored > CAPTURES && pending === 0, 60_000);
    const here = await sightline(place(), 'audit', '--verify');
    expect(here.code, here.stdout + here.stderr).toBe(EXIT_CODES.ok);
    expect(here.stdout).toMatch(/gate-4 +door +\S+ +3 +3 +0/);
    for (const device of ['gate-3', 'gate-4']) {
      const there = await sightline(auditor(), 'audit', '--device', device);
      expect(there.code, there.stdout + there.stderr).toBe(EXIT_CODES.ok);
      expect(there.stdout).toContain(`ledger  face_detection/${device}/ledger`);
    }
  }, 180_000);

  it('name what is missing, doubled and unexpected in a bucket', async () => {
    const keys = (await s3.keys('faces')).filter((key) => key.includes('device=gate-3'));
    const lost = keys.find((key) => key.includes(ids[0] ?? '')) ?? '';
    const twice = keys.find((key) => key.includes(ids[2] ?? '')) ?? '';
    const stranger = mintCaptureId(new Date());
    const put = async (key: string) =>
      fetch(`${s3.url}/faces/${key}`, { method: 'PUT', body: new Uint8Array(await image) });
    await fetch(`${s3.url}/faces/${lost}`, { method: 'DELETE', headers });
    await put(twice.replace('.png', '.webp'));
    await put(twice.replace(ids[2] ?? '', stranger));
    const named = [
      ['missing', ids[0]],
      ['doubled', ids[2]],
      ['unexpected', stranger],
    ].toSorted();
    const here = await sightline(place(), 'audit', '--json');
    expect([
      here.code,
      findings(here.stdout)
        .map(({ finding, id }) => [finding, id])
        .toSorted(),
    ]).toEqual([EXIT_CODES.unbalanced, named]);
    const there = await sightline(auditor(), 'audit', '--json', '--device', 'gate-3');
    expect([
      there.code,
      findings(there.stdout)
        .map(({ finding, id }) => [finding, id])
        .toSorted(),
    ]).toEqual([EXIT_CODES.unbalanced, named]);
    await put(lost);
    for (const key of [twice.replace('.png', '.webp'), twice.replace(ids[2] ?? '', stranger)])
      await fetch(`${s3.url}/faces/${key}`, { method: 'DELETE', headers });
    expect((await sightline(place(), 'audit')).code).toBe(EXIT_CODES.ok);
  }, 180_000);

  it('tell the forwarder what the store has, and let it be told to give up the rest', async () => {
    await running.shift()?.stop();
    const [stored, dropped] = [await publish('gate-3'), await publish('gate-3')];
    await eventually(counts, ({ pending }) => pending === 2, 60_000);
    const [key = ''] = (await s3.keys('faces')).filter((name) => name.includes(ids[0] ?? ''));
    await fetch(`${s3.url}/faces/${key.replace(ids[0] ?? '', stored)}`, {
      method: 'PUT',
      body: new Uint8Array(await image),
    });
    const there = await sightline(auditor(), 'audit', '--device', 'gate-3');
    expect(there.stdout).toContain('not settled yet: 1 pending; the ledger was told');
    await eventually(counts, ({ pending }) => pending === 1, 60_000);
    expect((await sightline(place(), 'spool', 'drop', '--state', 'pending', '--yes')).stdout).toBe('1 dropped\n');
    expect((await sightline(place(), 'spool', 'list', dropped)).stdout).toContain('evicted (operator)');
    expect((await sightline(place(), 'audit')).code).toBe(EXIT_CODES.ok);
  }, 180_000);

  it('say so when the device is away, and work on the spool itself meanwhile', async () => {
    const here = await sightline(place(), 'audit');
    await running.shift()?.stop();
    const there = await sightline(auditor(), 'audit', '--device', 'gate-3');
    expect(there.code).toBe(EXIT_CODES.environment);
    expect(there.stderr).toContain('by its status it is offline');
    const meanwhile = await sightline(place(), 'audit');
    expect([meanwhile.code, meanwhile.stdout]).toEqual([here.code, here.stdout]);
    expect((await sightline(place(), 'spool', 'status')).stdout).toContain('no service has it open');
  }, 180_000);
});
