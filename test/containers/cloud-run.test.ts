import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freePort } from '../support/free-port.ts';
import type { Ended } from './command.ts';
import { containerDescribe } from './container-describe.ts';
import { docker, inspect, stateOf, tryDocker } from './docker.ts';
import { CloudMachine } from './instance/cloud-machine.ts';
import { enter, knockInVain } from './site/visitor.ts';

const BROKER = 'sightline-cloud-broker';
const GROUP_FILE = '/etc/sightline/tls/group';
const processor = (number: number) => `sightline-cloud-processor-${number}`;

containerDescribe('deploy/cloud/run.sh', () => {
  let cloud: CloudMachine;
  /** Id and start of each container: what was left alone has the same. */
  const lives = async () =>
    Promise.all((await cloud.containers()).map(stateOf)).then((all) =>
      all.map(({ id, startedAt }) => `${id} ${startedAt}`),
    );

  beforeAll(async () => {
    cloud = new CloudMachine(await freePort());
    await cloud.prepare();
    await cloud.up('--processors', '1');
  });
  afterAll(() => cloud?.remove());

  it('run again with the same arguments leaves every container alone', async () => {
    const before = await lives();
    const said = await cloud.up('--processors', '1');
    expect(said).toMatch(`ready: 1 processor(s) store what devices send to ${cloud.url} in faces/site`);
    expect(await lives()).toEqual(before);
  });

  it('with another number of processors adds and removes those alone', async () => {
    const before = await lives();
    await cloud.up('--processors', '3');
    expect(await cloud.containers()).toEqual([BROKER, processor(1), processor(2), processor(3)]);
    expect(await lives()).toEqual(expect.arrayContaining(before));
    await cloud.up('--processors', '1');
    expect(await lives()).toEqual(before);
  });

  it('two at once do it one after the other', async () => {
    const both = await Promise.all([cloud.up('--processors', '2'), cloud.up('--processors', '2')]);
    expect(both.every((said) => said.startsWith('ready: 2 processor(s)'))).toBe(true);
    expect(await cloud.containers()).toEqual([BROKER, processor(1), processor(2)]);
  });

  it('fails with the store’s own words when the bucket takes nothing, and is well again when it does', async () => {
    const { code, stdout, stderr } = await cloud.tryScript(
      cloud.arguments('nobodys-bucket', '--credentials', cloud.credentials, '--processors', '2'),
    );
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain('the bucket does not exist');
    // The second was not touched, and goes on as it was.
    expect((await inspect(processor(2))).Config.Env).toContain('SIGHTLINE_STORE_URL=s3://faces/site');
    const ill = await cloud.tryScript(['status']);
    expect(ill.code).toBe(5);
    expect(ill.stdout).toContain('the bucket does not exist');

    await cloud.up('--processors', '2');
    const well = await cloud.tryScript(['status']);
    expect(well.code).toBe(0);
    expect(well.stdout).toMatch(/ok {3}image-processor store: s3:\/\/faces\/site/);
    expect(well.stdout).toMatch(/@image-processor +processor +\d{4}-/);
  });

  it('refuses what can not work before it touches what does', async () => {
    const acl = join(cloud.folder, 'acl');
    writeFileSync(acl, 'topic read #\n');
    const given = cloud.startArguments();
    const before = await lives();
    const wrongRules = await cloud.tryScript([...given, '--host', 'wrong.example', '--acl', acl]);
    expect(wrongRules.stderr).toContain(`Expected ${acl} to begin with a line 'user NAME'`);
    const taken = createServer().listen(0);
    try {
      await once(taken, 'listening');
      const { port } = taken.address() as AddressInfo;
      const wrongPort = await cloud.tryScript([String(port), ...given.slice(1), '--host', 'wrong.example']);
      expect(wrongPort.stderr).toContain(`Expected port ${port} to be free`);
    } finally {
      taken.close();
    }
    expect(await lives()).toEqual(before);
    // Neither has changed what devices depend on.
    const { stdout, stderr } = await cloud.tryScript(['enrol', 'gate-10']);
    expect(stderr).toContain(`Its broker is ${cloud.url}.`);
    await (await enter(cloud.url, await cloud.papersOf(stdout))).leave();
  });

  it('keeps names, rules and the number of processors where nothing else is given', async () => {
    const acl = join(cloud.folder, 'acl');
    writeFileSync(acl, 'user own-program\ntopic read face_detection/#\n');
    const said = await cloud.up('--processors', '2', '--acl', acl, '--host', 'other.example');
    const before = await lives();
    const given = cloud.startArguments();
    const again = await cloud.tryScript(given);
    expect(again.stdout).toBe(said);
    expect(again.stderr).toContain('as before: --processors 2, the rules of --acl');
    expect(await lives()).toEqual(before);
    const out = await cloud.tryScript([...given, '--forget-host', 'other.example', '--no-acl']);
    expect(out.stderr).toContain('warning: other.example leaves the certificate');
    expect(await cloud.volumes()).not.toContain('sightline-cloud-broker-local');
  });

  it('sends a test image through broker, processor and bucket', async () => {
    expect(await cloud.script('doctor')).toContain('All is well');
  });

  it('enrols a name once, and prints nothing but the bundle', async () => {
    const first = await cloud.papersOf(await cloud.script('enrol', 'gate-7'));
    const again = await cloud.tryScript(['enrol', 'gate-7']);
    expect(again).toMatchObject({ code: 2, stdout: '' });
    expect(again.stderr).toContain('Expected a device without a valid certificate, got gate-7');
    expect(again.stderr).toContain('`run.sh renew gate-7`');
    await (await enter(cloud.url, first)).leave();
  });

  it('renews a device’s certificate: both work', async () => {
    const first = await cloud.papersOf(await cloud.script('enrol', 'gate-8'));
    const second = await cloud.papersOf(await cloud.script('renew', 'gate-8'));
    expect(second.cert).not.toBe(first.cert);
    for (const papers of [first, second]) await (await enter(cloud.url, papers)).leave();
    await cloud.script('revoke', 'gate-8');
    expect((await cloud.tryScript(['renew', 'gate-8'])).stderr).toContain('joins anew: `run.sh enrol');
  });

  it('leaves no key in a log of Docker', async () => {
    const watch = spawn('docker', ['events', '--filter', 'event=start', '--format', '{{.ID}}']);
    const looks: Promise<Ended>[] = [];
    createInterface(watch.stdout).on('line', (id) =>
      looks.push(tryDocker(['inspect', '--format', '{{.Name}} {{.HostConfig.LogConfig.Type}}', id])),
    );
    try {
      await cloud.script('enrol', 'gate-6');
      await cloud.script('backup', join(cloud.folder, 'unlogged.tar.gz'));
    } finally {
      watch.kill();
    }
    // One that was gone already when it was looked at tells nothing.
    const seen = (await Promise.all(looks)).filter(({ code }) => code === 0).map(({ stdout }) => stdout.trim());
    expect(seen.length).toBeGreaterThan(2);
    expect(seen.filter((line) => !line.endsWith(' none'))).toEqual([]);
  });

  it('carries what pki writes into a folder of this machine', async () => {
    const out = join(cloud.folder, 'own-tool');
    await cloud.script('pki', 'operator', '--out', out);
    expect(statSync(join(out, 'tls.key')).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(out, 'ca.crt'), 'utf8')).toContain('BEGIN CERTIFICATE');
  });

  it('empties the broker of what a revoked device had left there', async () => {
    const [mallory, gate] = [
      await cloud.papersOf(await cloud.script('enrol', 'mallory-2')),
      await cloud.papersOf(await cloud.script('enrol', 'gate-5')),
    ];
    const visitor = await enter(cloud.url, mallory);
    const topic = 'face_detection/mallory-2/captures/doctor/1';
    expect(await visitor.publish(topic, 'x'.repeat(1_000_000), true)).toBe(0);
    await cloud.script('revoke', 'mallory-2', '--clear');
    expect(await knockInVain(cloud.url, mallory)).not.toBe('');
    const own = await enter(cloud.url, gate);
    await own.leave();
    const kept = ['exec', BROKER, 'sh', '-c', 'cat /mosquitto/data/mosquitto.db 2>/dev/null | wc -c'];
    expect(Number(await docker(...kept))).toBeLessThan(100_000);
  });

  it('gives its processors a group that nobody can guess, and tells it to nobody', async () => {
    const groups = await Promise.all([1, 2].map((number) => docker('exec', processor(number), 'cat', GROUP_FILE)));
    expect(new Set(groups).size).toBe(1);
    expect(groups[0]).toMatch(/^[0-9a-f]{32}$/);
    expect(JSON.stringify(await inspect(processor(1)))).not.toContain(groups[0]);
  });

  it('shows the last lines of whom one asks for, and fails for whom there is not', async () => {
    const { code, stdout } = await cloud.tryScript(['logs', 'broker', '1', '--tail', '1', '--since', '1h']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^(broker: .*\n|processor-1: .*\n){2}$/);
    expect(await cloud.tryScript(['logs', '9'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('got processor-9'),
    });
  });

  it('needs nothing of the clone once it runs', async () => {
    for (const name of await cloud.containers()) {
      const mounts = await docker('inspect', '--format', '{{range .Mounts}}{{.Type}} {{end}}', name);
      expect([name, mounts]).toEqual([name, expect.not.stringContaining('bind')]);
    }
  });

  it('taken down and restored from a backup, it knows its devices again', async () => {
    const papers = await cloud.papersOf(await cloud.script('enrol', 'gate-9'));
    const file = join(cloud.folder, 'authority.tar.gz');
    await cloud.script('backup', file);
    expect(statSync(file).mode & 0o777).toBe(0o600);

    await cloud.script('--down');
    expect(await cloud.containers()).toEqual([]);
    expect(await cloud.volumes()).toContain('sightline-cloud-pki');
    await cloud.script('--down', '--purge', '--yes');
    expect(await cloud.volumes()).toEqual([]);

    // What a run that was ended between two steps has left is mended.
    await docker('volume', 'create', '--label', 'dev.sightline=cloud', 'sightline-cloud-processor-tls');
    await cloud.script('restore', file);
    expect((await cloud.tryScript(['restore', file])).stderr).toContain('Expected no authority on this machine');
    await cloud.up();
    await (await enter(cloud.url, papers)).leave();
    await cloud.script('revoke', 'gate-9');
    await expect.poll(() => knockInVain(cloud.url, papers).catch(() => ''), { timeout: 30_000 }).not.toBe('');
  });
});
