import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { eventually } from '../../../../test/support/eventually.ts';
import { temporaryFolder } from '../../../../test/support/folder.ts';
import { createEdge } from '../../../../test/support/link.ts';
import { type Mosquitto, type MosquittoOptions, startMosquitto } from '../../../../test/support/mosquitto.ts';
import { partDescribe } from '../../../../test/support/parts.ts';
import { makePhotos } from '../../../../test/support/photos.ts';
import { balanceOf, SightlineProcess, sightline } from '../../../../test/support/sightline.ts';
import { storedFiles } from '../../../../test/support/stored-files.ts';
import { readMetadata } from '../../../contract/capture-metadata.ts';
import { encodeReceipt } from '../../../contract/receipts.ts';
import { sha256Hex } from '../../../contract/sha256.ts';
import { parseTopic } from '../../../contract/topics.ts';
import { Spool } from '../../../platform/spool/spool.ts';

const PREFIX = 'face_detection';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A folder with photographs, and an environment in which every face of them becomes a capture in an outbox on disk. */
async function site(photos = 4) {
  const folder = temporaryFolder();
  cleanups.push(folder.remove);
  await makePhotos(join(folder.path, 'photos'), photos);
  const env = {
    SIGHTLINE_DEVICE: 'gate',
    SIGHTLINE_CAMERAS_0_ID: 'door',
    SIGHTLINE_CAMERAS_0_SOURCE: 'photos',
    SIGHTLINE_CAPTURE_MODE: 'every',
    SIGHTLINE_OUTBOX: 'disk',
    SIGHTLINE_OUTBOX_PATH: 'outbox',
    SIGHTLINE_OUTBOX_MIN_FREE_BYTES: '1',
    SIGHTLINE_HTTP_PORT: '0',
  };
  return { cwd: folder.path, env, outbox: join(folder.path, 'outbox'), store: join(folder.path, 'faces') };
}

async function broker(options: MosquittoOptions = {}): Promise<Mosquitto> {
  const mosquitto = await startMosquitto(options);
  cleanups.push(() => mosquitto.stop());
  return mosquitto;
}

/** Stands in for a forwarder: holds whatever comes, each once. */
async function startHolder({ url }: Mosquitto, protocol: '5' | '3.1.1') {
  const arrived = new Map<string, string>();
  const holder = createEdge(url, {
    config: { protocol },
    subscriptions: [{ filter: `${PREFIX}/#`, qos: 1 }],
    onMessage: async ({ topic, payload }) => {
      const address = parseTopic(PREFIX, topic);
      if (address.type !== 'capture') return;
      const sha256 = sha256Hex(payload);
      arrived.set(address.id, sha256);
      const receipt = encodeReceipt({ state: 'held', captures: [[address.id, sha256]], by: 'test' });
      void holder.publish(`${PREFIX}/${address.device}/receipts`, receipt, { qos: 1 }).catch(() => undefined);
    },
  });
  cleanups.push(() => holder.stop());
  holder.start();
  await eventually(() => holder.isUp, Boolean);
  return arrived;
}

/** What an outbox that nobody has open says of its captures. */
async function rowsOf(folder: string) {
  const spool = new Spool({ folder, maxBytes: 2 ** 30, minFreeBytes: 1, quarantineMaxBytes: 0, keepDays: 7 });
  await spool.start();
  const { entries } = await spool.entries({ limit: 10_000 });
  const { gap } = spool.status;
  await spool.stop();
  return { entries, gap };
}

partDescribe('mosquitto', 'an outbox on disk', () => {
  it.each(['5', '3.1.1'] as const)(
    'over MQTT %s: what was captured before kill -9 arrives after the next start, unchanged, and the books balance',
    async (protocol) => {
      const { cwd, env, outbox } = await site();
      const mosquitto = await broker();
      const edge = { SIGHTLINE_EDGE_BROKER: mosquitto.url, SIGHTLINE_EDGE_PROTOCOL: protocol };
      // Nobody holds anything yet; it dies with the fifth capture on disk and not told to anybody.
      const killed = await sightline(
        { cwd, env: { ...env, ...edge, SIGHTLINE_TEST_KILL_AT: 'detector/after-capture:5' } },
        ...['face-detector', '--once', '--pace', 'max'],
      );
      expect(killed.code).toBeUndefined();
      const before = await rowsOf(outbox);
      expect(before.entries.map(({ state }) => state)).toEqual(Array(5).fill('pending'));

      const arrived = await startHolder(mosquitto, protocol);
      const next = await sightline({ cwd, env: { ...env, ...edge } }, 'face-detector', '--once', '--pace', 'max');
      expect(next).toMatchObject({ code: 0, stderr: expect.stringContaining('captures of an earlier run go on') });
      const after = await rowsOf(outbox);
      expect(after.gap).toBe(0);
      expect(after.entries.length).toBeGreaterThan(5);
      expect(new Set(after.entries.map(({ state }) => state))).toEqual(new Set(['held']));
      expect(new Map(after.entries.map(({ id, sha256 }) => [id, sha256]))).toEqual(arrived);
      for (const { id, sha256 } of before.entries) expect(arrived.get(id)).toBe(sha256);
    },
    60_000,
  );

  it('killed at random in a whole pipeline, again and again: each capture is one file, unchanged', async () => {
    const { cwd, env, outbox, store } = await site(12);
    const ids = new Set<string>();
    const waits = Array.from({ length: 3 }, () => Math.round(300 + 1_500 * Math.random()));
    for (const waitMs of waits) {
      const up = new SightlineProcess(['up', '--pace', 'max'], { cwd, env });
      await up.says(/health/);
      await sleep(waitMs);
      await up.stop('SIGKILL');
      for (const { id } of (await rowsOf(outbox)).entries) ids.add(id);
    }
    const last = await sightline({ cwd, env }, 'up', '--once', '--pace', 'max');
    const balance = balanceOf(last);
    expect({ waits, code: last.code, balance, stderr: last.stderr }).toMatchObject({
      code: 0,
      balance: { pending: 0, evicted: 0, refused: 0, captured: balance.stored },
    });
    const rows = (await rowsOf(outbox)).entries;
    for (const { id } of rows) ids.add(id);
    expect({ waits, states: [...new Set(rows.map(({ state }) => state))] }).toEqual({ waits, states: ['held'] });
    const files = storedFiles(store).map(({ bytes, sha256 }) => [readMetadata(bytes)?.id, sha256]);
    expect(files).toHaveLength(rows.length);
    expect(new Set(files.map(([id]) => id))).toEqual(ids);
    expect(new Map(files as [string, string][])).toEqual(new Map(rows.map(({ id, sha256 }) => [id, sha256])));
  }, 120_000);

  it('in the bare dialect: what was captured before kill -9 goes to the broker after the next start', async () => {
    const { cwd, env, outbox } = await site(2);
    const mosquitto = await broker();
    const bare: string[] = [];
    const consumer = createEdge(mosquitto.url, {
      subscriptions: [{ filter: PREFIX, qos: 1 }],
      onMessage: async ({ payload }) => void bare.push(sha256Hex(payload)),
    });
    cleanups.push(() => consumer.stop());
    consumer.start();
    await eventually(() => consumer.isUp, Boolean);
    const edge = { SIGHTLINE_EDGE_BROKER: mosquitto.url, SIGHTLINE_EDGE_DIALECT: 'bare' };
    const args = ['face-detector', '--once', '--pace', 'max'];
    const kill = { SIGHTLINE_TEST_KILL_AT: 'detector/after-capture:3' };
    expect((await sightline({ cwd, env: { ...env, ...edge, ...kill } }, ...args)).code).toBeUndefined();
    expect((await sightline({ cwd, env: { ...env, ...edge } }, ...args)).code).toBe(0);
    const { entries, gap } = await rowsOf(outbox);
    expect(gap).toBe(0);
    expect(new Set(entries.map(({ state }) => state))).toEqual(new Set(['released']));
    await eventually(() => entries.every(({ sha256 }) => bare.includes(sha256)), Boolean);
  }, 60_000);

  it('asked to end while no forwarder answers, says how many stay on disk and does not wait for one', async () => {
    const { cwd, env, outbox } = await site(2);
    const mosquitto = await broker();
    const edge = { SIGHTLINE_EDGE_BROKER: mosquitto.url };
    const detector = new SightlineProcess(['face-detector', '--pace', 'max'], { cwd, env: { ...env, ...edge } });
    await eventually(
      () => detector.stderr,
      (text) => text.includes('broker connected'),
    );
    await sleep(2_000);
    const { code, stderr } = await detector.stop();
    const { entries } = await rowsOf(outbox);
    expect(entries.length).toBeGreaterThan(0);
    expect(code).toBe(0);
    expect(stderr).toContain('captures stay in the outbox on disk and go on at the next start');
    expect(stderr).toMatch(new RegExp(`"captures":${entries.length}\\b`));
  }, 60_000);

  it('two detectors with one outbox: the second does not start and says what it needs', async () => {
    const { cwd, env } = await site(1);
    const mosquitto = await broker();
    const edge = { SIGHTLINE_EDGE_BROKER: mosquitto.url };
    const first = new SightlineProcess(['face-detector'], { cwd, env: { ...env, ...edge } });
    cleanups.push(() => first.stop('SIGKILL'));
    await eventually(
      () => first.stderr,
      (text) => text.includes('broker connected'),
    );
    const second = await sightline({ cwd, env: { ...env, ...edge } }, 'face-detector');
    expect(second.code).toBe(4);
    expect(second.stderr).toMatch(/another process has it open[\s\S]*SIGHTLINE_OUTBOX_PATH/);
  }, 60_000);
});

partDescribe('mosquitto', '--once with captures that are larger than the broker takes', () => {
  it.each([
    ['5', 'memory', 'max_packet_size 16000'],
    ['5', 'disk', 'max_packet_size 16000'],
    ['3.1.1', 'memory', 'max_packet_size 16000'],
  ] as const)(
    'over MQTT %s, outbox in %s, %s: ends with an error that says so',
    async (protocol, type, line) => {
      const { cwd, env } = await site(1);
      const mosquitto = await broker({ lines: [line] });
      await startHolder(mosquitto, protocol);
      const large = { SIGHTLINE_CAPTURE_INCLUDE: 'frame', SIGHTLINE_OUTBOX: type };
      const edge = { SIGHTLINE_EDGE_BROKER: mosquitto.url, SIGHTLINE_EDGE_PROTOCOL: protocol };
      const ended = await sightline(
        { cwd, env: { ...env, ...large, ...edge } },
        ...['face-detector', '--once', '--pace', 'max'],
      );
      expect(ended).toMatchObject({ code: 4, stderr: expect.stringContaining('takes none of the') });
      expect(ended.stderr).toContain('message_size_limit');
    },
    120_000,
  );
});
