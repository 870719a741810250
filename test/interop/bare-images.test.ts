import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { embedMetadata } from '../../src/contract/capture-metadata.ts';
import { sampleMetadata } from '../../src/contract/fixtures/sample-metadata.ts';
import { sha256Hex } from '../../src/contract/sha256.ts';
import { eventually } from '../support/eventually.ts';
import { temporaryFolder } from '../support/folder.ts';
import { partDescribe, requirePart } from '../support/parts.ts';
import { PHOTOS } from '../support/photos.ts';
import { runPython } from '../support/python-program.ts';
import { addressesOf, SightlineProcess, sightline } from '../support/sightline.ts';
import { keysBelow, storedFiles } from '../support/stored-files.ts';

const publish = promisify(execFile);

partDescribe('mosquitto', 'images as other programs publish them, on the brokers of `up`', () => {
  const folder = temporaryFolder();
  const store = join(folder.path, 'faces');
  const ports = { edge: '', cloud: '' };
  const bytes = new Map<string, Buffer>();
  let health = '';
  let up: SightlineProcess;

  beforeAll(async () => {
    mkdirSync(join(folder.path, 'photos'));
    await sharp({ create: { width: 64, height: 64, channels: 3, background: 'grey' } })
      .png()
      .toFile(join(folder.path, 'photos/nobody.png'));
    up = new SightlineProcess(['up', '--source', 'photos', '--device', 'gate'], { cwd: folder.path });
    const urls = await addressesOf(up);
    health = urls.health;
    ports.edge = new URL(urls.edge).port;
    ports.cloud = new URL(urls.cloud).port;
    await eventually(
      async () => (await fetch(`${health}/readyz`)).status,
      (status) => status === 200,
    );
  });
  afterAll(async () => {
    await up.stop();
    folder.remove();
  });

  /** A new image on disk, with bytes that no other has. */
  async function image(name: string): Promise<string> {
    const picture = sharp(PHOTOS[0]).resize(200 + bytes.size);
    const data = await (name.endsWith('png') ? picture.png() : picture.jpeg()).toBuffer();
    bytes.set(name, data);
    writeFileSync(join(folder.path, name), data);
    return join(folder.path, name);
  }

  const keysOf = (name: string) => {
    const sha256 = sha256Hex(bytes.get(name) ?? Buffer.alloc(0));
    return storedFiles(store)
      .filter((file) => file.sha256 === sha256)
      .map(({ key }) => key);
  };
  const metric = async (pattern: RegExp) =>
    Number((await (await fetch(`${health}/metrics`)).text()).match(pattern)?.[1] ?? 0);

  const mosquittoPub = (port: string, qos: number, ...args: string[]) =>
    publish('mosquitto_pub', ['-p', port, '-t', 'face_detection', '-q', String(qos), '-V', 'mqttv311', ...args]);

  it.each([0, 1, 2])(
    'mosquitto_pub at QoS %i, PNG and JPEG, edge and cloud: stored once, bytes unchanged',
    async (qos) => {
      for (const side of ['edge', 'cloud'] as const) {
        for (const format of ['png', 'jpg'])
          await mosquittoPub(ports[side], qos, '-f', await image(`${side}-${qos}.${format}`));
        for (const format of ['png', 'jpg']) {
          const name = `${side}-${qos}.${format}`;
          const keys = await eventually(
            () => keysOf(name),
            (found) => found.length > 0,
          );
          const edgeKey = new RegExp(`^device=gate/camera=bare/dt=[\\d-]{10}/hh=\\d\\d/[0-9a-f-]{36}\\.${format}$`);
          const cloudKey = new RegExp(`^device=cloud/camera=bare/sha256=(..)/\\1[0-9a-f]{62}\\.${format}$`);
          expect(keys).toEqual([expect.stringMatching(side === 'edge' ? edgeKey : cloudKey)]);
        }
      }
    },
  );

  it('sent again and again, an image stays one object', async () => {
    const files = [await image('again-edge.png'), await image('again-cloud.png')] as const;
    for (let time = 0; time < 3; time += 1) {
      await mosquittoPub(ports.edge, 1, '-f', files[0]);
      await mosquittoPub(ports.cloud, 1, '-f', files[1]);
    }
    await eventually(
      () => metric(/^sightline_forwarder_duplicates_total\{kind="bare"\} (\d+)/m),
      (duplicates) => duplicates === 2,
    );
    await eventually(
      () => metric(/^sightline_objects_total\{result="exists"\} (\d+)/m),
      (exists) => exists === 2,
    );
    expect([keysOf('again-edge.png').length, keysOf('again-cloud.png').length]).toEqual([1, 1]);
  });

  it('a capture that somebody took out of a store and publishes bare is an image like any other', async () => {
    const picture = await sharp(PHOTOS[1]).resize(150).png().toBuffer();
    const capture = embedMetadata(picture, sampleMetadata({ device: 'elsewhere' }));
    bytes.set('capture.png', capture);
    writeFileSync(join(folder.path, 'capture.png'), capture);
    await mosquittoPub(ports.edge, 1, '-f', join(folder.path, 'capture.png'));
    const [key] = await eventually(
      () => keysOf('capture.png'),
      (found) => found.length > 0,
    );
    expect(key).toMatch(/^device=gate\/camera=bare\/dt=/);
  });

  it('what is no image is refused with a reason, on both brokers', async () => {
    const before = keysBelow(store).filter((key) => !key.startsWith('quarantine/'));
    await mosquittoPub(ports.edge, 1, '-m', 'hello');
    await mosquittoPub(ports.cloud, 1, '-m', 'hello');
    await mosquittoPub(ports.edge, 1, '-n');
    await eventually(
      () => metric(/^sightline_forwarder_refused_total\{reason="not-an-image"\} (\d+)/m),
      (refused) => refused === 2,
    );
    await eventually(
      () => metric(/^sightline_processor_refused_total\{kind="bare",reason="not-an-image"\} (\d+)/m),
      (refused) => refused === 1,
    );
    expect(up.stderr).toMatch(/"reason":"not-an-image".*"msg":"message refused"/);
    expect(keysBelow(store).filter((key) => !key.startsWith('quarantine/'))).toEqual(before);
  });

  const paho = requirePart('python-paho');
  it.skipIf(!paho.present)(
    `a detector in ten lines of Python: its images are stored, once ${paho.reason}`,
    async () => {
      const files = [await image('python-1.png'), await image('python-2.jpg')];
      await runPython('detector.py', ports.edge, '0', ...files);
      await runPython('detector.py', ports.edge, '1', ...files);
      for (const name of ['python-1.png', 'python-2.jpg']) {
        await eventually(
          () => keysOf(name),
          (found) => found.length > 0,
        );
      }
      await eventually(
        () => metric(/^sightline_forwarder_duplicates_total\{kind="bare"\} (\d+)/m),
        (duplicates) => duplicates >= 4,
      );
      expect([keysOf('python-1.png').length, keysOf('python-2.jpg').length]).toEqual([1, 1]);
    },
  );

  it('`inspect` says of them that nothing is known', async () => {
    const file = storedFiles(store).find(({ key }) => key.startsWith('device=cloud/'));
    const result = await sightline({ cwd: folder.path }, 'inspect', '--json', file?.path ?? '');
    expect(JSON.parse(result.stdout)).toEqual({ file: file?.path, capture: null });
  });

  it('all that came is in the balance when it is stopped', async () => {
    const { code, stdout } = await up.stop('SIGINT');
    // 6 from the edge, one sent three times, a capture, a text and nothing; 2 from Python where there is Python.
    const stored = 8 + (paho.present ? 2 : 0);
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(new RegExp(`Stopped: ${stored + 2} captured, ${stored} stored, 2 refused\\.\\n$`)),
    ]);
  });
});
