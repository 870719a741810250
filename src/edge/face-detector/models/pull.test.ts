import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listModels } from './model-list.ts';
import { pullYunet } from './pull.ts';
import { YUNET, yunetPath } from './yunet-file.ts';

/** The project does not carry the model: these tests use a copy beside the checkout where there is one. */
const SHARED = resolve('../shared/models', YUNET.fileName);
const REASON = existsSync(SHARED) ? '' : ' (skipped: no ../shared/models/yunet_n_dynamic.onnx)';
const withModel = it.skipIf(REASON !== '');

let modelsPath = '';
let server: Server | undefined;
beforeEach(async () => {
  modelsPath = join(await mkdtemp(join(tmpdir(), 'sightline-pull-')), 'models');
});
afterEach(async () => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
  await rm(join(modelsPath, '..'), { recursive: true });
});

async function serve(answer: RequestListener): Promise<string> {
  const listening = createServer(answer);
  server = listening;
  await new Promise<void>((done) => listening.listen(0, '127.0.0.1', done));
  return `http://127.0.0.1:${(listening.address() as AddressInfo).port}/yunet.onnx`;
}

/** Nothing stays behind: neither the model's name nor a temporary file. */
async function expectNothing(): Promise<void> {
  expect(existsSync(modelsPath) ? await readdir(modelsPath) : []).toEqual([]);
}

describe('pullYunet', () => {
  withModel(`fetches the pinned model and puts it in place${REASON}`, async () => {
    const model = await readFile(SHARED);
    const url = await serve((_, response) => response.end(model));
    const pulled = await pullYunet({ modelsPath, url });
    expect(pulled).toEqual({
      path: yunetPath(modelsPath),
      sha256: YUNET.sha256,
      bytes: YUNET.bytes,
      alreadyThere: false,
    });
    expect(await readdir(modelsPath)).toEqual([YUNET.fileName]);
    expect(Buffer.compare(await readFile(pulled.path), model)).toBe(0);
    const yunet = (await listModels(modelsPath)).find(({ name }) => name === 'yunet');
    expect(yunet).toMatchObject({ present: true, verified: true, bytes: YUNET.bytes, path: pulled.path });
  });

  withModel(`tells of a wrong file that is given, also where the right one is there${REASON}`, async () => {
    await pullYunet({ modelsPath, from: SHARED });
    const wrong = join(modelsPath, '..', 'wrong.onnx');
    await writeFile(wrong, 'not the model');
    await expect(pullYunet({ modelsPath, from: wrong })).rejects.toMatchObject({ code: 'hash-mismatch' });
    expect(await readdir(modelsPath)).toEqual([YUNET.fileName]);
  });

  withModel(`takes it from a file, and asks nobody when it is there${REASON}`, async () => {
    expect((await pullYunet({ modelsPath, from: SHARED })).alreadyThere).toBe(false);
    expect((await pullYunet({ modelsPath, url: 'http://127.0.0.1:9/refused' })).alreadyThere).toBe(true);
  });

  withModel(`replaces a damaged file${REASON}`, async () => {
    await mkdir(modelsPath);
    await writeFile(yunetPath(modelsPath), 'damaged');
    await pullYunet({ modelsPath, from: SHARED });
    expect((await readFile(yunetPath(modelsPath))).byteLength).toBe(YUNET.bytes);
  });

  it('refuses other bytes with both hashes, and keeps nothing', async () => {
    const url = await serve((_, response) => response.end('<html>not a model</html>'));
    const pulling = pullYunet({ modelsPath, url });
    await expect(pulling).rejects.toThrow(
      new RegExp(`Expected SHA-256 ${YUNET.sha256}.*got [0-9a-f]{64} \\(24 bytes\\)`),
    );
    await expect(pulling).rejects.toMatchObject({ code: 'hash-mismatch' });
    await expectNothing();
  });

  it('leaves a file that was there alone when it refuses another', async () => {
    await mkdir(modelsPath);
    await writeFile(yunetPath(modelsPath), 'damaged');
    const url = await serve((_, response) => response.end('other'));
    await expect(pullYunet({ modelsPath, url })).rejects.toMatchObject({ code: 'hash-mismatch' });
    expect(await readFile(yunetPath(modelsPath), 'utf8')).toBe('damaged');
  });

  it('stops reading an endless answer at the size of the model', async () => {
    let sent = 0;
    const url = await serve((_, response) => {
      const more = (): void => {
        sent += 65_536;
        if (sent < 1e9 && !response.destroyed) response.write(Buffer.alloc(65_536), () => setImmediate(more));
      };
      more();
    });
    await expect(pullYunet({ modelsPath, url })).rejects.toThrow(`Expected the ${YUNET.bytes} bytes`);
    expect(sent).toBeLessThan(1e8);
    await expectNothing();
  });

  it('says what the server answered, and how to do without it', async () => {
    const url = await serve((_, response) => response.writeHead(404).end());
    await expect(pullYunet({ modelsPath, url })).rejects.toMatchObject({
      code: 'download-failed',
      message: `Expected ${url} to answer 200, got 404.`,
      hint: expect.stringContaining('--from FILE'),
    });
    await expectNothing();
  });

  it('says why there was no connection', async () => {
    const url = await serve(() => undefined);
    server?.close();
    server = undefined;
    await expect(pullYunet({ modelsPath, url })).rejects.toMatchObject({
      code: 'download-failed',
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });

  it('gives up on a server that says nothing', async () => {
    const url = await serve(() => undefined);
    await expect(pullYunet({ modelsPath, url, timeoutMs: 50 })).rejects.toMatchObject({ code: 'download-failed' });
    await expectNothing();
  });

  it('ends when it is told to', async () => {
    const controller = new AbortController();
    const url = await serve(() => controller.abort());
    await expect(pullYunet({ modelsPath, url, signal: controller.signal })).rejects.toMatchObject({
      name: 'AbortError',
    });
    await expectNothing();
  });

  withModel(`says where it could not write${REASON}`, async () => {
    await writeFile(modelsPath, 'a file in the place of the folder');
    await expect(pullYunet({ modelsPath, from: SHARED })).rejects.toMatchObject({
      code: 'write-failed',
      message: expect.stringContaining(yunetPath(modelsPath)),
    });
    await rm(modelsPath);
  });

  it('names a file that is not there', async () => {
    const from = join(modelsPath, 'nowhere.onnx');
    await expect(pullYunet({ modelsPath, from })).rejects.toMatchObject({
      code: 'model-missing',
      message: expect.stringContaining(from),
    });
  });
});

describe('listModels', () => {
  it('shows what is there and verified, and what is not', async () => {
    await mkdir(modelsPath);
    await writeFile(yunetPath(modelsPath), 'damaged');
    const models = await listModels(modelsPath);
    expect(models.map(({ name, present, verified }) => [name, present, verified])).toEqual([
      ['ssd', true, true],
      ['ssd-landmarks', true, true],
      ['yunet', true, false],
    ]);
    expect(models.every(({ licence, provenance }) => licence !== '' && provenance !== '')).toBe(true);
  });

  it('says where a missing model would be', async () => {
    const yunet = (await listModels(modelsPath)).find(({ name }) => name === 'yunet');
    expect(yunet).toMatchObject({ present: false, verified: false, bytes: null, path: yunetPath(modelsPath) });
  });
});
