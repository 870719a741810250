import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { doctorCommand } from '../../src/cli/doctor/doctor.ts';
import { makeTestImage } from '../../src/cli/doctor/test-image.ts';
import { EXIT_CODES } from '../../src/platform/exit-codes.ts';
import { DoctorSite, doctorSites } from '../support/doctor-site.ts';
import { eventually } from '../support/eventually.ts';
import { temporaryFolder } from '../support/folder.ts';
import { freePort } from '../support/free-port.ts';
import { connectClient } from '../support/mqtt-client.ts';
import { partDescribe } from '../support/parts.ts';

const { broker, site, atTheEnd } = doctorSites();

const nowhere = async () => `mqtt://127.0.0.1:${await freePort()}`;

partDescribe('mosquitto', 'sightline doctor, when one hop fails', () => {
  it('the edge broker is down: says where it looked, and that the cloud half works', async () => {
    const edge = await nowhere();
    const chain = await site({ edge });
    await chain.startProcessor();
    await chain.ready();
    const { code, stdout } = await chain.doctor();
    expect(code).toBe(EXIT_CODES.unbalanced);
    expect(stdout).toMatch(/^✗ edge broker .* nothing listens there$/m);
    expect(stdout).toContain(`expected a connection to the edge broker at ${edge}`);
    expect(stdout).toMatch(/→ Is edge\.broker right\? It is set by .*site\.yaml:\d+\./);
    expect(stdout).toMatch(/^✓ image-processor /m);
    expect(stdout).toContain('Not well: edge broker.');
  }, 60_000);

  it('no forwarder runs: nobody says held', async () => {
    const chain = await site();
    await chain.startProcessor();
    await chain.ready();
    const { code, stdout } = await chain.doctor('--timeout', '2');
    expect(code).toBe(EXIT_CODES.unbalanced);
    expect(stdout).toMatch(/^✗ forwarder .* nothing within 2 s$/m);
    expect(stdout).toContain('heard: no forwarder answers on this machine (http://127.0.0.1:');
    expect(stdout).toContain('→ Is it running? `npx sightline forwarder`');
    expect(stdout).toContain('this topicPrefix (face_detection)?');
    expect(stdout).not.toMatch(/image-processor +\d/);
  }, 60_000);

  it('another topicPrefix: the forwarder that runs is well, and hears nothing', async () => {
    const chain = await site();
    await chain.startForwarder({ topicPrefix: 'faces' });
    await chain.ready();
    const { stdout } = await chain.doctor('--timeout', '2');
    expect(stdout).toMatch(/^✗ forwarder /m);
    expect(stdout).toMatch(/heard: the forwarder on this machine \(.*\) says that it is ready/);
  }, 60_000);

  it('another edge broker: doctor says which one the forwarder uses', async () => {
    const [chain, other] = [await site(), await broker()];
    await chain.startForwarder({ edge: { broker: other.url } });
    await chain.ready();
    const { stdout } = await chain.doctor('--timeout', '2');
    expect(stdout).toMatch(/^✗ forwarder /m);
    expect(stdout).toContain(`uses another address for the edge broker: ${other.url}, not ${chain.edgeUrl}`);
  }, 60_000);

  it('the cloud broker is down: the edge half works', async () => {
    const chain = await site({ cloud: await nowhere() });
    const forwarder = await chain.startForwarder();
    await chain.ready();
    const { code, stdout } = await chain.doctor();
    expect(code).toBe(EXIT_CODES.unbalanced);
    expect(stdout).toMatch(/^✗ cloud broker .* nothing listens there$/m);
    expect(stdout).toMatch(/^✓ forwarder .* has it on disk$/m);
    expect(stdout).toContain('! the test image waits in the spool');
    expect(forwarder.status().counts.pending).toBe(1);
  }, 60_000);

  it('the cloud broker refuses the password', async () => {
    const folder = temporaryFolder();
    atTheEnd(folder.remove);
    const passwords = join(folder.path, 'passwords');
    spawnSync('mosquitto_passwd', ['-b', '-c', passwords, 'gate', 'right']);
    const cloud = await broker({
      listener: ['listener {port} 127.0.0.1', 'allow_anonymous false', `password_file ${passwords}`],
    });
    const chain = await site({}, { cloud: { broker: cloud.url, username: 'gate', password: 'wrong' } });
    await chain.startForwarder();
    const { code, stdout } = await chain.doctor();
    expect(code).toBe(EXIT_CODES.unbalanced);
    expect(stdout).toMatch(/^✗ cloud broker .* the broker refused/m);
    expect(stdout).toContain('→ Correct cloud.username and cloud.password');
    expect(stdout).not.toContain('wrong');
  }, 60_000);

  it('the forwarder does not reach the cloud broker: it says so, and how much waits', async () => {
    const chain = await site();
    const forwarder = await chain.startForwarder({ cloud: { broker: await nowhere() } });
    await chain.ready();
    const sender = await connectClient(chain.edgeUrl);
    atTheEnd(() => sender.client.end(true));
    const { bytes } = makeTestImage('face_detection', 'gate', new Date());
    await sender.client.publishAsync('face_detection', bytes, { qos: 1 });
    await eventually(
      () => forwarder.status().counts.pending,
      (pending) => pending === 1,
    );
    const { code, stdout } = await chain.doctor('--timeout', '2');
    expect(code).toBe(EXIT_CODES.unbalanced);
    expect(stdout).toMatch(/^✓ forwarder /m);
    expect(stdout).toMatch(/^✗ uplink .* nothing of it there within 2 s$/m);
    expect(stdout).toContain('heard: it has no connection to the cloud broker');
    expect(stdout).toContain('heard: 1 more capture waits in its spool');
  }, 60_000);

  it('a broker that accepts and says nothing: the waiting is bounded, and Ctrl-C ends it', async () => {
    const edge = await broker();
    const chain = await site({ edge: edge.url });
    edge.freeze();
    const { stdout } = await chain.doctor('--timeout', '2');
    expect(stdout).toMatch(/^✗ edge broker .* no answer within 2 s$/m);

    const controller = new AbortController();
    let printed = '';
    const running = doctorCommand.run(['--config', chain.configFile()], {
      stdout(text) {
        printed += text;
      },
      deliver: async () => undefined,
      stderr: () => undefined,
      signal: controller.signal,
    });
    await sleep(500);
    controller.abort();
    expect(await running).toBe(EXIT_CODES.interrupted);
    expect(printed).toContain('Stopped before the end.');
  }, 60_000);
});

describe('sightline doctor, called wrongly', () => {
  it.each([
    [['--from', 'door'], '--from: Expected edge or cloud, got "door"'],
    [['--timeout', 'soon'], '--timeout: Expected seconds from 1 to 3600, got "soon"'],
    [['--timeout', '0'], '--timeout: Expected seconds'],
  ])('%j', async (flags, words) => {
    const chain = new DoctorSite({ edge: 'mqtt://127.0.0.1:1', cloud: 'mqtt://127.0.0.1:1' });
    atTheEnd(() => chain.stop());
    await expect(chain.doctor(...flags)).rejects.toThrow(words);
  });

  it('is refused where the image would be stored as a face', async () => {
    const chain = new DoctorSite({ edge: 'mqtt://127.0.0.1:1', cloud: '', config: { cloud: { dialect: 'bare' } } });
    atTheEnd(() => chain.stop());
    await expect(chain.doctor()).rejects.toThrow('cloud.dialect: Expected captures, got bare');
  });
});
