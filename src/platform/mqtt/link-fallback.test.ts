import { type AddressInfo, createServer } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { eventually } from '../../../test/support/eventually.ts';
import { createEdge } from '../../../test/support/link.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const CONNACK_ACCEPTED = Buffer.from([0x20, 2, 0, 0]);
const CONNACK_BAD_VERSION = Buffer.from([0x20, 2, 0, 1]);

/** Reads CONNECTs as a broker of 3.1.1 does, and answers one of version 5 as told. Not a broker: no real one can be made to hang up. */
async function oldBroker(refuse: 'says so' | 'hangs up'): Promise<{ url: string; versions: number[] }> {
  const versions: number[] = [];
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', (packet) => {
      // MQTT §3.1.2.2: the protocol level follows the length byte(s) and the six bytes of the name.
      const level = packet[packet.indexOf('MQTT') + 4] ?? 0;
      versions.push(level);
      if (level === 4) socket.write(CONNACK_ACCEPTED);
      else if (refuse === 'says so') socket.end(CONNACK_BAD_VERSION);
      else socket.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => server.close());
  return { url: `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`, versions };
}

for (const refuse of ['says so', 'hangs up'] as const) {
  it(`falls back from MQTT 5 to 3.1.1 by itself where the broker ${refuse}`, async () => {
    const { url, versions } = await oldBroker(refuse);
    const link = createEdge(url);
    cleanups.push(() => link.stop());
    link.start();
    await eventually(() => link.isUp, Boolean);
    expect(versions).toEqual([5, 4]);
  });
}

it('insists on the version that is configured', async () => {
  const { url, versions } = await oldBroker('says so');
  const link = createEdge(url, { config: { protocol: '5' } });
  cleanups.push(() => link.stop());
  link.start();
  await eventually(
    () => versions.length,
    (count) => count >= 2,
  );
  expect(new Set(versions)).toEqual(new Set([5]));
  expect(link.readiness()).toMatchObject({ ok: false, detail: expect.stringMatching(/version|closed/) });
});

it('stops at once while a broker takes the connection and says nothing', async () => {
  const server = createServer(() => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => server.close());
  const link = createEdge(`mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`);
  link.start();
  await new Promise((resolve) => server.once('connection', resolve));
  const startedAtMs = performance.now();
  await link.stop();
  expect(performance.now() - startedAtMs).toBeLessThan(5_000);
});
