import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { eventually } from './eventually.ts';
import { type FaultProxy, startFaultProxy } from './fault-proxy.ts';

let echo: Server;
let echoed: Socket[];
let proxy: FaultProxy;
const clients: Socket[] = [];

beforeEach(async () => {
  echoed = [];
  echo = createServer({ allowHalfOpen: true }, (socket) => {
    echoed.push(socket);
    socket.on('error', () => undefined);
    socket.pipe(socket);
  });
  await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve));
  proxy = await startFaultProxy({ target: (echo.address() as AddressInfo).port });
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await proxy.stop();
  for (const socket of echoed) socket.destroy();
  echo.close();
});

interface Client {
  readonly socket: Socket;
  readonly received: () => Buffer;
  readonly ended: () => string | undefined;
}

async function open(): Promise<Client> {
  const socket = connect({ port: proxy.port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
  clients.push(socket);
  const chunks: Buffer[] = [];
  let ended: string | undefined;
  socket.on('data', (chunk) => chunks.push(chunk));
  socket.on('end', () => {
    ended = 'end';
  });
  socket.on('error', (error: NodeJS.ErrnoException) => {
    ended = error.code;
  });
  await once(socket, 'connect');
  return { socket, received: () => Buffer.concat(chunks), ended: () => ended };
}

const arrived = (client: Client, bytes: number) =>
  eventually(
    () => client.received().length,
    (length) => length >= bytes,
  );

test('passes bytes in both directions unchanged, and counts them', async () => {
  const bytes = randomBytes(3_000_000);
  const client = await open();
  client.socket.write(bytes);
  await arrived(client, bytes.length);
  expect(client.received().equals(bytes)).toBe(true);
  expect(proxy.bytes).toEqual({ up: bytes.length, down: bytes.length });
  expect([proxy.connections, proxy.accepted]).toEqual([1, 1]);
});

test('passes an end on, after all that came before it', async () => {
  proxy.shape({ latencyMs: 50 });
  const client = await open();
  client.socket.end('the last words');
  await eventually(client.ended, Boolean);
  expect([client.received().toString(), client.ended()]).toEqual(['the last words', 'end']);
  await eventually(
    () => proxy.connections,
    (count) => count === 0,
  );
});

test('delays each byte, in one direction or both', async () => {
  proxy.shape({ latencyMs: 150 });
  const client = await open();
  const startedAtMs = performance.now();
  client.socket.write('x');
  await arrived(client, 1);
  expect(performance.now() - startedAtMs).toBeGreaterThanOrEqual(299);
});

test('lets so many bytes pass in a second, all connections together, in order', async () => {
  proxy.shape({ bytesPerSecond: 100_000 }, ['up']);
  const bytes = randomBytes(25_000);
  const both = [await open(), await open()];
  const startedAtMs = performance.now();
  for (const client of both) client.socket.write(bytes);
  for (const client of both) await arrived(client, bytes.length);
  expect(performance.now() - startedAtMs).toBeGreaterThanOrEqual(490);
  for (const client of both) expect(client.received().equals(bytes)).toBe(true);
});

test('pushes back on who sends more than the line carries', async () => {
  proxy.shape({ bytesPerSecond: 50_000 });
  const client = await open();
  client.socket.write(randomBytes(20_000_000));
  await eventually(
    () => proxy.bytes.up,
    (bytes) => bytes > 5_000,
  );
  expect(client.socket.writableLength).toBeGreaterThan(1_000_000);
});

test('slices: a message comes in many pieces', async () => {
  proxy.shape({ sliceBytes: 10 });
  const client = await open();
  const pieces: number[] = [];
  client.socket.on('data', (chunk: Buffer) => pieces.push(chunk.length));
  client.socket.write('a'.repeat(200));
  await arrived(client, 200);
  expect(pieces.length).toBeGreaterThan(3);
});

test('a lost segment holds up what is behind it', async () => {
  proxy.shape({ lossRatio: 0.9 }, ['up']);
  const client = await open();
  const startedAtMs = performance.now();
  const bytes = randomBytes(100_000);
  client.socket.write(bytes);
  await arrived(client, bytes.length);
  expect(performance.now() - startedAtMs).toBeGreaterThanOrEqual(199);
  expect(client.received().equals(bytes)).toBe(true);
});

test.each([
  ['cut', 'end'],
  ['reset', 'ECONNRESET'],
] as const)('%s ends what stands, on both sides; new connections work', async (fault, seen) => {
  const client = await open();
  client.socket.write('x');
  await arrived(client, 1);
  proxy[fault]();
  expect(await eventually(client.ended, Boolean)).toBe(seen);
  client.socket.end();
  await eventually(() => echoed[0]?.destroyed, Boolean);
  const next = await open();
  next.socket.write('y');
  await arrived(next, 1);
});

test('half open: what stands says nothing any more and does not end, new connections work', async () => {
  const client = await open();
  proxy.halfOpen();
  client.socket.write('x');
  const next = await open();
  next.socket.write('y');
  await arrived(next, 1);
  await sleep(100);
  expect([client.received().length, client.ended()]).toEqual([0, undefined]);
});

test('black hole: connections come about and stand, and go on where they were once it is open', async () => {
  const old = await open();
  old.socket.write('1');
  await arrived(old, 1);
  await proxy.setMode('blackhole');
  const client = await open();
  for (const { socket } of [old, client]) socket.write('2');
  await sleep(100);
  expect([old.received().length, client.received().length]).toEqual([1, 0]);
  await proxy.setMode('open');
  await Promise.all([arrived(old, 2), arrived(client, 1)]);
});

test('refusing: nobody listens; afterwards on the same port again', async () => {
  const { port } = proxy;
  const client = await open();
  await proxy.setMode('refusing');
  expect(await eventually(client.ended, Boolean)).toBe('ECONNRESET');
  await expect(open()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  await proxy.setMode('open');
  expect(proxy.port).toBe(port);
  const next = await open();
  next.socket.write('y');
  await arrived(next, 1);
});

test('a target that is away refuses: who connects is reset', async () => {
  for (const socket of echoed) socket.destroy();
  await new Promise((resolve) => echo.close(resolve));
  const client = await open();
  expect(await eventually(client.ended, Boolean)).toBe('ECONNRESET');
});
