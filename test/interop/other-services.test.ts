import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { readMetadata } from '../../src/contract/capture-metadata.ts';
import { sha256Hex } from '../../src/contract/sha256.ts';
import { eventually } from '../support/eventually.ts';
import { temporaryFolder } from '../support/folder.ts';
import { freePort } from '../support/free-port.ts';
import { type Mosquitto, startMosquitto } from '../support/mosquitto.ts';
import { partDescribe, requirePart } from '../support/parts.ts';
import { makePhotos } from '../support/photos.ts';
import { startPython } from '../support/python-program.ts';
import { SightlineProcess } from '../support/sightline.ts';
import { keysBelow, storedFiles } from '../support/stored-files.ts';

const paho = requirePart('python-paho');

partDescribe('mosquitto', `other people's programs in place of ours ${paho.reason}`, () => {
  const folder = temporaryFolder();
  const cleanups: (() => unknown)[] = [];
  let edge: Mosquitto;
  let cloud: Mosquitto;

  beforeAll(async () => {
    [edge, cloud] = [await startMosquitto(), await startMosquitto()];
    await makePhotos(join(folder.path, 'photos'), 3);
  });
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  });
  afterAll(async () => {
    await edge.stop();
    await cloud.stop();
    folder.remove();
  });

  /** Starts one of our services with these keys; gives where its health is. */
  async function start(service: string, keys: readonly string[], ...flags: string[]): Promise<string> {
    const port = await freePort();
    const base = ['version: 1', 'device: gate', 'store: { url: ./faces }', 'spool: { path: ./spool, minFreeBytes: 1 }'];
    writeFileSync(join(folder.path, `${service}.yaml`), `${[...base, ...keys].join('\n')}\n`);
    const args = [service, '--config', `${service}.yaml`, '--http-port', String(port), ...flags];
    const process = new SightlineProcess(args, { cwd: folder.path });
    cleanups.push(() => process.stop());
    const url = `http://127.0.0.1:${port}`;
    await eventually(
      () =>
        fetch(`${url}/readyz`).then(
          ({ status }) => status,
          () => 0,
        ),
      (status) => status === 200,
    );
    return url;
  }

  async function startOther(program: string, ...args: string[]): Promise<void> {
    const other = await startPython(program, ...args);
    cleanups.push(() => other.stop());
  }

  const metric = async (url: string, pattern: RegExp) =>
    Number((await (await fetch(`${url}/metrics`)).text()).match(pattern)?.[1] ?? 0);
  const captures = /^sightline_captures_total\{camera="camera"\} (\d+)/m;

  it.skipIf(!paho.present)(
    'a forwarder that knows only raw bytes, after our detector and before our processor',
    async () => {
      await start('image-processor', [`cloud: { broker: '${cloud.url}' }`]);
      await startOther('forwarder.py', String(edge.port), String(cloud.port));
      const detector = await start(
        'face-detector',
        ['capture: { mode: every }', `edge: { broker: '${edge.url}', dialect: bare }`],
        ...['--source', 'photos', '--pace', 'max'],
      );
      const store = join(folder.path, 'faces');
      // More may be captured meanwhile: all three are to agree at one time.
      await eventually(
        async () => [
          await metric(detector, captures),
          await metric(detector, /^sightline_outbox_settled_total\{state="released"\} (\d+)/m),
          keysBelow(store).length,
        ],
        ([captured = 0, handedOn, stored]) => captured >= 6 && captured === handedOn && captured === stored,
      );
      for (const { key, bytes, sha256 } of storedFiles(store)) {
        expect(key).toBe(`device=cloud/camera=bare/sha256=${sha256.slice(0, 2)}/${sha256}.png`);
        expect(readMetadata(bytes)).toMatchObject({ device: 'gate', camera: 'camera' });
      }
    },
  );

  it.skipIf(!paho.present)(
    'a processor that knows only raw bytes, after our forwarder: the ledger says released',
    async () => {
      const arrived = join(folder.path, 'arrived');
      mkdirSync(arrived);
      await startOther('processor.py', String(cloud.port), arrived);
      const forwarder = await start('forwarder', [
        `edge: { broker: '${edge.url}' }`,
        `cloud: { broker: '${cloud.url}', dialect: bare }`,
      ]);
      const detector = await start(
        'face-detector',
        ['capture: { mode: every }', `edge: { broker: '${edge.url}' }`],
        ...['--source', 'photos', '--pace', 'max'],
      );
      await eventually(
        async () => [
          await metric(detector, captures),
          await metric(forwarder, /^sightline_spool_settled_captures\{state="released"\} (\d+)/m),
          readdirSync(arrived).length,
          await metric(forwarder, /^sightline_spool_captures (\d+)/m),
        ],
        ([captured = 0, handedOn, files, waiting]) =>
          captured >= 6 && captured === handedOn && captured === files && waiting === 0,
      );
      const images = readdirSync(arrived).map((name) => readFileSync(join(arrived, name)));
      expect(new Set(images.map(sha256Hex)).size).toBe(images.length);
      for (const image of images) expect(readMetadata(image)).toMatchObject({ device: 'gate', camera: 'camera' });
    },
  );
});
