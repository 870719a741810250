import { afterEach, beforeEach, expect, it } from 'vitest';
import { fleetCommand } from '../../src/cli/fleet.ts';
import { EXIT_CODES } from '../../src/platform/exit-codes.ts';
import { eventually } from '../support/eventually.ts';
import { FleetSite, wellStats } from '../support/fleet-site.ts';
import { ForwarderSite, makeCapture } from '../support/forwarder-site.ts';
import { freePort } from '../support/free-port.ts';
import { connectClient } from '../support/mqtt-client.ts';
import { partDescribe } from '../support/parts.ts';
import { PkiFolder } from '../support/pki-folder.ts';
import { runCommand } from '../support/run-command.ts';

let site: FleetSite;
beforeEach(async () => {
  site = await FleetSite.start();
});
afterEach(() => site.stop());

partDescribe('mosquitto', 'the list of a fleet', () => {
  it('shows a forwarder while it is there, and how it stood when it is gone', async () => {
    const edge = new ForwarderSite();
    try {
      const { url } = await edge.broker();
      const forwarder = await edge.start(url, site.broker.url, edge.folder().path);
      const camera = edge.link(url);
      await eventually(() => camera.isUp && forwarder.readiness().every(({ ok }) => ok), Boolean);
      expect(await site.list()).toMatchObject({ gate: { state: 'online', warnings: [], spool: { captures: 0 } } });
      const { topic, payload } = await makeCapture();
      await camera.publish(topic, payload, { qos: 1 });
      await eventually(() => forwarder.status().counts.pending, Boolean);
      await forwarder.stop();
      const { gate } = await site.list();
      expect(gate).toMatchObject({ state: 'offline', spool: { captures: 1, bytes: payload.length } });
      expect(gate?.warnings).toHaveLength(1);
    } finally {
      await edge.stop();
    }
  }, 60_000);

  it('is a table by name that says below a device what deserves a look, and by its exit code', async () => {
    for (const name of ['gate-10', 'gate-2']) {
      await site.leave(name, 'status', 'online');
      await site.leave(name, 'stats', wellStats());
    }
    const well = await site.fleet();
    expect(well).toMatchObject({ code: EXIT_CODES.ok, stderr: '' });
    expect(well.stdout).toMatch(
      /^ {2}device +state +seen +version +lag +spool +cameras +certificate\n✓ gate-2 +online +\d s +0\.1\.0 +0 s +0 +1 up +–\n✓ gate-10 .*\n\n2 devices: 2 online; all is well\n$/,
    );
    await site.leave('gate-2', 'stats', wellStats({ isDiskFull: true }));
    const full = await site.fleet('--faulty');
    expect(full.code).toBe(EXIT_CODES.unbalanced);
    expect(full.stdout).toMatch(/\n! gate-2 .*\n {4}its disk is full.*\n\n2 devices: 2 online; 1 deserves a look\n$/);
    expect(full.stdout).not.toContain('gate-10');
  });

  it('holds a thousand devices, and ends as soon as all have told', async () => {
    for (let index = 0; index < 1000; index += 1) {
      await site.leave(`gate-${index}`, 'status', 'online');
      await site.leave(`gate-${index}`, 'stats', wellStats());
    }
    const { code, stdout } = await site.fleet('--wait', '3600');
    expect(code).toBe(EXIT_CODES.ok);
    expect(stdout).toContain('1000 devices: 1000 online; all is well');
  }, 60_000);

  it('waits for a forwarder that leaves nothing behind, and not for one that is away', async () => {
    await site.leave('old', 'status', 'online');
    await site.leave('gone', 'status', 'offline');
    const { version: _, cameras: __, ...older } = wellStats() as Record<string, unknown>;
    const telling = setInterval(() => void site.leave('old', 'stats', older, false), 2_500);
    const list = await site.list('--wait', '3600').finally(() => clearInterval(telling));
    expect(list.old).toMatchObject({ state: 'online', version: '0.1.0', warnings: [] });
    expect(list.gone).toMatchObject({ state: 'offline', warnings: ['it is away'] });
  });

  it('is not harmed by what a device tells', async () => {
    await site.leave('well', 'status', 'online');
    await site.leave('well', 'stats', wellStats());
    const words = '\u001b]0;owned\u0007\u001b[2J\nwell online';
    const cameras = [{ id: 'door', state: 'down', reason: words.repeat(1000) }];
    await site.leave('evil', 'status', 'x'.repeat(100_000));
    await site.leave('evil', 'stats', wellStats({ name: 'well', software: words, lastSeq: 1e308, cameras }));
    await site.leave('huge', 'status', 'online');
    await site.leave('huge', 'stats', 'y'.repeat(1_000_000));
    const { stdout } = await site.fleet('--wait', '0');
    expect(stdout.match(/^. well +online/gm)).toHaveLength(1);
    expect(stdout).toMatch(/^! evil +unknown/m);
    expect(stdout).toMatch(/^! huge .*\n {4}what it tells of itself can not be read$/m);
    expect(stdout).not.toMatch(/[^\n\P{C}]/u);
    expect(stdout.split('\n').every((line) => line.length < 300)).toBe(true);
  });

  it("knows from the CA's folder who never came and whose certificate is revoked", async () => {
    const pki = new PkiFolder();
    try {
      await pki.pki('init');
      await pki.issue('a', 'device', 'gate-1');
      await pki.issue('b', 'device', 'gate-2');
      await pki.pki('revoke', 'gate-2');
      await pki.issue('c', 'device', 'gate-3');
      await pki.pki('revoke', 'gate-3');
      await site.leave('gate-2', 'status', 'offline');
      await site.leave('gate-2', 'stats', wellStats());
      const list = await site.list('--pki', pki.at('pki'));
      expect(Object.keys(list)).toEqual(['gate-1', 'gate-2']);
      expect(list['gate-1']).toMatchObject({ state: 'never seen' });
      expect(list['gate-2']).toMatchObject({ certificate: { isRevoked: true } });
    } finally {
      pki.remove();
    }
  });

  it('says so where there is nothing, and where there is no broker', async () => {
    const none = await site.fleet();
    expect(none.code).toBe(EXIT_CODES.unbalanced);
    expect(none.stdout).toMatch(/^No device has told of itself on face_detection/);
    const url = `mqtt://127.0.0.1:${await freePort()}`;
    await expect(runCommand(fleetCommand, '--cloud-broker', url)).rejects.toMatchObject({
      message: `Expected the cloud broker ${url}, got: nothing listens there`,
      exitCode: EXIT_CODES.environment,
    });
  });
});

partDescribe('mosquitto', 'a device that is to be forgotten', () => {
  it('leaves the list', async () => {
    for (const name of ['gate-1', 'gate-2']) {
      await site.leave(name, 'status', 'offline');
      await site.leave(name, 'stats', wellStats());
    }
    const { stdout, stderr } = await site.fleet('forget', 'gate-1');
    expect(stdout).toBe('gate-1 is forgotten (2 topics cleared)\n');
    expect(stderr).toContain('sightline pki revoke gate-1');
    expect(Object.keys(await site.list())).toEqual(['gate-2']);
    expect((await site.fleet('forget', 'gate-1')).stdout).toBe('gate-1 had left nothing on the broker\n');
  });

  it('leaves nothing behind, also of what it never should have retained', async () => {
    await site.leave('gate-1', 'status', 'offline');
    for (const topic of ['gate-1/captures/door/1', 'gate-1/captures/door/2', 'gate-1/ledger/aaaa0001', 'gate-2/status'])
      await site.devices.publish(`face_detection/${topic}`, 'x'.repeat(1_000_000), { qos: 1, retain: true });
    expect((await site.fleet('forget', 'gate-1')).stdout).toBe('gate-1 is forgotten (4 topics cleared)\n');
    const { received, client } = await connectClient(site.broker.url, { 'face_detection/#': { qos: 1 } });
    await eventually(() => received.length, Boolean);
    client.end(true);
    expect(received.map(({ topic }) => topic)).toEqual(['face_detection/gate-2/status']);
  });

  it('says how to empty a broker that has no memory left to tell what there is', async () => {
    const full = await FleetSite.start([`memory_limit ${28 * 2 ** 20}`, `max_packet_size ${8 * 2 ** 20}`]);
    try {
      for (let index = 0; index < 4; index += 1)
        await full.devices.publish(`face_detection/gate-1/captures/door/${index}`, Buffer.alloc(5 * 2 ** 20), {
          qos: 1,
          retain: true,
        });
      await expect(full.fleet('forget', 'gate-1')).rejects.toMatchObject({
        message: 'Expected the broker to tell what gate-1 has left there, got: the connection ended',
        hint: expect.stringContaining('run.sh revoke gate-1 --clear'),
      });
    } finally {
      await full.stop();
    }
  });

  it('stays while it is connected: it would tell again', async () => {
    await site.leave('gate-1', 'status', 'online');
    await expect(site.fleet('forget', 'gate-1')).rejects.toThrow('Expected gate-1 to be away');
    expect(Object.keys(await site.list('--wait', '0'))).toEqual(['gate-1']);
  });
});
