import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { freePort } from '../../../../test/support/free-port.ts';
import { sha256Hex } from '../../../contract/sha256.ts';
import { configSchema } from '../../../platform/config/schema.ts';
import { createLog } from '../../../platform/log.ts';
import { openStore } from './open-store.ts';
import type { Store } from './store.ts';
import { StoreError } from './store-error.ts';

const BYTES = Buffer.from('a face');
const FACTS = { sha256: sha256Hex(BYTES), contentType: 'image/png' };

const closers: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** Answers of a store; each request is answered by the first that takes it. */
async function storeThatAnswers(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<Store> {
  const server: Server = createServer((request, response) => {
    request.resume();
    request.on('end', () => answer(request, response));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return storeAt(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
}

async function storeAt(endpoint: string): Promise<Store> {
  const { store: config } = configSchema.parse({
    store: {
      url: 's3://faces-here/all',
      endpoint,
      pathStyle: true,
      accessKeyId: 'AKIDEXAMPLE',
      secretAccessKey: 'never-shown',
    },
  });
  const store = await openStore(config, 4, createLog({ level: 'silent', format: 'json' }));
  await store.start();
  closers.push(() => store.stop());
  return store;
}

const isProbe = (request: IncomingMessage) => request.url?.includes('.sightline-probe') === true;

/** As S3 answers the probe: the first put is taken, the second refused. */
function conditional(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  let hasProbe = false;
  return (request: IncomingMessage, response: ServerResponse) => {
    if (!isProbe(request)) return answer(request, response);
    if (request.method === 'DELETE') return response.writeHead(204).end();
    response.writeHead(hasProbe ? 412 : 200).end();
    hasProbe = true;
  };
}

function refuse(response: ServerResponse, status: number, code: string, message = 'In the words of the store') {
  response
    .writeHead(status, { 'content-type': 'application/xml' })
    .end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`);
}

test.each([
  [403, 'AccessDenied', /403 AccessDenied: these credentials need s3:PutObject/],
  [403, 'SignatureDoesNotMatch', /secret access key is wrong/],
  [403, 'RequestTimeTooSkewed', /clock of this machine is wrong/],
  [404, 'NoSuchBucket', /bucket faces-here.* 404 NoSuchBucket: the bucket does not exist/],
  [301, 'PermanentRedirect', /another region: correct store.region/],
  [503, 'SlowDown', /fewer requests/],
  [500, 'InternalError', /500 InternalError: In the words of the store/],
])('says what %i %s means, and never blames the object', async (status, code, words) => {
  const store = await storeThatAnswers((_, response) => refuse(response, status, code));
  for (const attempt of [store.probe(), store.put('device=a/x.png', BYTES, FACTS)]) {
    const error = await attempt.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(StoreError);
    expect(error).toMatchObject({ code, status, message: expect.stringMatching(words) });
    expect((error as Error).message).not.toMatch(/never-shown|AKIDEXAMPLE/);
  }
});

test('says that nothing listens', async () => {
  const store = await storeAt(`http://127.0.0.1:${await freePort()}`);
  await expect(store.probe()).rejects.toMatchObject({
    code: 'ECONNREFUSED',
    message: expect.stringMatching(/nothing listens there/),
  });
});

test('a body that is no XML is still an answer', async () => {
  const store = await storeThatAnswers((_, response) => response.writeHead(502).end('<html>Bad Gateway'));
  await expect(store.probe()).rejects.toMatchObject({
    code: 'http-502',
    status: 502,
    message: expect.stringMatching(/502: no reason given$/),
  });
});

test('gives up a put that hangs when it is told to, and the connection with it', async () => {
  let cut = 0;
  const store = await storeThatAnswers(
    conditional((request) => {
      request.socket.on('close', () => {
        cut += 1;
      });
    }),
  );
  await store.probe();
  const reason = new Error('enough');
  const controller = new AbortController();
  const putting = store.put('device=a/x.png', BYTES, FACTS, controller.signal);
  setTimeout(() => controller.abort(reason), 100);
  await expect(putting).rejects.toBe(reason);
  await expect.poll(() => cut).toBe(1);
});

test('gives up a put that hangs by itself', { timeout: 40_000 }, async () => {
  const store = await storeThatAnswers(conditional(() => undefined));
  await store.probe();
  const startedAtMs = performance.now();
  await expect(store.put('device=a/x.png', BYTES, FACTS)).rejects.toMatchObject({ code: 'ETIMEDOUT' });
  expect(performance.now() - startedAtMs).toBeLessThan(31_000);
});

test.each([409, 412, 304])('%i, and then no object: worth another try, no conflict', async (status) => {
  const store = await storeThatAnswers(
    conditional((request, response) => {
      if (request.method === 'HEAD') return response.writeHead(404).end();
      return response.writeHead(status).end();
    }),
  );
  await expect(store.put('device=a/x.png', BYTES, FACTS)).rejects.toBeInstanceOf(StoreError);
});

test('412 and not allowed to look: worth another try, no conflict', async () => {
  const store = await storeThatAnswers(
    conditional((request, response) => response.writeHead(request.method === 'HEAD' ? 403 : 412).end()),
  );
  await expect(store.put('device=a/x.png', BYTES, FACTS)).rejects.toMatchObject({ name: 'StoreError', status: 403 });
});

test('a connection reset in the middle of a put is worth another try', async () => {
  const store = await storeThatAnswers(conditional((request) => request.socket.resetAndDestroy()));
  await expect(store.put('device=a/x.png', BYTES, FACTS)).rejects.toMatchObject({ code: 'ECONNRESET' });
});

test('sends the hash as metadata and checksum, the condition, and no trailer', async () => {
  const seen: IncomingMessage['headers'][] = [];
  const store = await storeThatAnswers(
    conditional((request, response) => {
      seen.push(request.headers);
      response.writeHead(200).end();
    }),
  );
  expect(await store.put('device=a/x.png', BYTES, FACTS)).toBe('created');
  expect(seen).toHaveLength(1);
  expect(seen[0]).toMatchObject({
    'if-none-match': '*',
    'content-type': 'image/png',
    'content-length': String(BYTES.length),
    'x-amz-meta-sha256': FACTS.sha256,
    'x-amz-checksum-sha256': Buffer.from(FACTS.sha256, 'hex').toString('base64'),
    'x-amz-content-sha256': FACTS.sha256,
  });
  expect(seen[0]).not.toHaveProperty('x-amz-trailer');
});

test('a store that knows no conditions (501) gets none', async () => {
  const conditions: unknown[] = [];
  const store = await storeThatAnswers((request, response) => {
    if (request.method === 'HEAD') return response.writeHead(404).end();
    if (request.headers['if-none-match']) return refuse(response, 501, 'NotImplemented');
    conditions.push(request.headers['if-none-match']);
    response.writeHead(200).end();
  });
  expect(await store.put('device=a/x.png', BYTES, FACTS)).toBe('created');
});

test('who may not delete leaves the probe, and goes on', async () => {
  const store = await storeThatAnswers((request, response) => {
    if (request.method === 'DELETE') return refuse(response, 403, 'AccessDenied');
    response.writeHead(isProbe(request) ? 412 : 200).end();
  });
  await store.probe();
  expect(await store.put('device=a/x.png', BYTES, FACTS)).toBe('created');
});
