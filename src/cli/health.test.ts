import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { freePort } from '../../test/support/free-port.ts';
import { runCommand } from '../../test/support/run-command.ts';
import { EXIT_CODES } from '../platform/exit-codes.ts';
import { HealthServer } from '../platform/health-server.ts';
import { Metrics } from '../platform/metrics.ts';
import type { Service } from '../platform/service.ts';
import { healthCommand } from './health.ts';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

async function serve(isOk: boolean): Promise<string> {
  const service: Service = {
    name: 'forwarder',
    start: async () => undefined,
    stop: async () => undefined,
    readiness: () => [
      { name: 'spool', ok: true },
      { name: 'edge-broker', ok: isOk, detail: 'nothing listens there' },
    ],
  };
  const server = new HealthServer({ host: '127.0.0.1', port: 0, services: [service], metrics: new Metrics() });
  await server.start();
  cleanups.push(() => server.stop());
  return `http://127.0.0.1:${server.port}`;
}

async function serveForeign(answer: string | undefined): Promise<string> {
  const server = createServer((_request, response) => answer !== undefined && response.end(answer));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(async () => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('health', () => {
  it('prints each check, and ends with 0 when all are good', async () => {
    expect(await runCommand(healthCommand, 'forwarder', '--url', await serve(true))).toEqual({
      code: EXIT_CODES.ok,
      stdout: 'ok   forwarder spool\nok   forwarder edge-broker: nothing listens there\nready\n',
      stderr: '',
    });
  });

  it('names the check that fails', async () => {
    const url = await serve(false);
    const { code, stdout } = await runCommand(healthCommand, '--url', url);
    expect(code).toBe(EXIT_CODES.unbalanced);
    expect(stdout).toContain('FAIL forwarder edge-broker: nothing listens there\nnot ready');
    expect(await runCommand(healthCommand, '--live', '--url', url)).toMatchObject({
      code: EXIT_CODES.ok,
      stdout: 'up is alive\n',
    });
  });

  it('says that nothing listens, and where it looked', async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    const { code, stderr } = await runCommand(healthCommand, '--url', url);
    expect(code).toBe(EXIT_CODES.unbalanced);
    expect(stderr).toContain(`no answer from up at ${url}: connect ECONNREFUSED`);
  });

  it('gives up after 3 seconds', async () => {
    const startedAt = performance.now();
    const { code, stderr } = await runCommand(healthCommand, '--url', await serveForeign(undefined));
    expect(code).toBe(EXIT_CODES.unbalanced);
    expect(stderr).toContain('timeout');
    expect(performance.now() - startedAt).toBeLessThan(4500);
  });

  it('is not taken in by another server', async () => {
    const { code, stdout } = await runCommand(healthCommand, '--url', await serveForeign('<html>ok</html>'));
    expect(code).toBe(EXIT_CODES.unbalanced);
    expect(stdout).toContain('not an answer of Sightline');
  });

  it('refuses services that there are not and URLs that are none', async () => {
    await expect(runCommand(healthCommand, 'fowarder')).rejects.toThrow('Expected one of up, face-detector');
    await expect(runCommand(healthCommand, '--url', 'localhost:7300')).rejects.toThrow('Expected a URL such as');
  });
});
