import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { EXIT_CODES } from './exit-codes.ts';
import { HealthServer } from './health-server.ts';
import { Metrics } from './metrics.ts';
import type { Readiness, Service } from './service.ts';

const servers: HealthServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop();
});

function service(name: string, readiness: () => readonly Readiness[]): Service {
  return { name, start: async () => undefined, stop: async () => undefined, readiness };
}

async function start(
  services: readonly Service[] = [],
  { port = 0, metrics = new Metrics() } = {},
): Promise<HealthServer> {
  const server = new HealthServer({ host: '127.0.0.1', port, services, metrics });
  servers.push(server);
  await server.start();
  return server;
}

const get = (server: HealthServer, path: string, init?: RequestInit) =>
  fetch(`http://127.0.0.1:${server.port}${path}`, init);

/** The first line of the answer to these bytes. */
async function raw(server: HealthServer, text: string): Promise<string> {
  const socket = connect(server.port, '127.0.0.1');
  socket.end(text);
  let answer = '';
  for await (const chunk of socket) answer += chunk;
  return answer.split('\r\n')[0] ?? '';
}

describe('HealthServer', () => {
  it('takes any free port where its own is taken, if that will do', async () => {
    const { port } = await start();
    const server = new HealthServer({ host: '127.0.0.1', port, orAny: true, services: [], metrics: new Metrics() });
    servers.push(server);
    await server.start();
    expect(server.port).not.toBe(port);
    expect((await get(server, '/livez')).status).toBe(200);
  });

  it('is ready when every check of every service is, and says which is not', async () => {
    let isUp = true;
    const one = service('one', () => [{ name: 'broker', ok: isUp, detail: 'mqtt://h' }]);
    const server = await start([one, service('two', () => [])]);
    const ready = await get(server, '/readyz');
    expect(ready.status).toBe(200);
    expect(await ready.json()).toEqual({
      ready: true,
      checks: [{ service: 'one', name: 'broker', ok: true, detail: 'mqtt://h' }],
    });
    isUp = false;
    const notReady = await get(server, '/readyz');
    expect(notReady.status).toBe(503);
    expect(await notReady.json()).toMatchObject({ ready: false, checks: [{ ok: false }] });
    expect((await get(server, '/livez')).status).toBe(200);
  });

  it('serves metrics', async () => {
    const metrics = new Metrics();
    metrics.counter('things_total', 'Things.').inc();
    const response = await get(await start([], { metrics }), '/metrics');
    expect(response.headers.get('content-type')).toContain('text/plain');
    expect(await response.text()).toContain('sightline_things_total 1');
  });

  it('refuses other paths and methods', async () => {
    const server = await start();
    expect((await get(server, '/')).status).toBe(404);
    expect((await get(server, '/livez', { method: 'POST' })).status).toBe(405);
    expect((await get(server, '/livez', { method: 'HEAD' })).status).toBe(200);
  });

  it('survives targets that are no URL, and readers that fail', async () => {
    const metrics = new Metrics();
    metrics.observed('broken', 'Broken.', {}, () => {
      throw new Error('no value');
    });
    const server = await start([], { metrics });
    for (const target of ['//', 'http://[', '/\u00ff', '*']) {
      expect(await raw(server, `GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)).toMatch(
        /^HTTP\/1\.1 40[04]/,
      );
    }
    expect((await get(server, '/metrics')).status).toBe(500);
    expect((await get(server, '/livez')).status).toBe(200);
  });

  it('says what to do when its port is taken', async () => {
    const { port } = await start();
    await expect(start([], { port })).rejects.toMatchObject({
      message: expect.stringContaining(`port ${port} of 127.0.0.1 to be free`),
      hint: expect.stringContaining('--http-port'),
      exitCode: EXIT_CODES.environment,
    });
  });

  it('stops at once, connections that are kept open included', async () => {
    const server = await start();
    const socket = connect(server.port, '127.0.0.1');
    await new Promise((resolve) => socket.once('connect', resolve));
    socket.on('error', () => undefined);
    const closed = new Promise((resolve) => socket.once('close', resolve));
    await server.stop();
    await closed;
    await server.stop();
  });
});
