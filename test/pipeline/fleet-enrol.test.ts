import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { fleetCommand } from '../../src/cli/fleet.ts';
import { createForwarder } from '../../src/edge/forwarder/service.ts';
import { loadConfig } from '../../src/platform/config.ts';
import { EXIT_CODES } from '../../src/platform/exit-codes.ts';
import { eventually } from '../support/eventually.ts';
import { startMosquitto } from '../support/mosquitto.ts';
import { partDescribe } from '../support/parts.ts';
import { PkiFolder } from '../support/pki-folder.ts';
import { type CommandResult, runCommand } from '../support/run-command.ts';
import { serviceContext } from '../support/service.ts';
import { sightline } from '../support/sightline.ts';

const BROKER = 'mqtts://cloud.example.org:8883';
const ACL = new URL('../../deploy/broker/cloud.acl', import.meta.url).pathname;

let folder: PkiFolder;
const cleanups: (() => unknown)[] = [];
beforeEach(async () => {
  folder = new PkiFolder();
  await folder.pki('init');
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  folder.remove();
});

async function enrol(name: string, ...args: readonly string[]): Promise<CommandResult> {
  return runCommand(fleetCommand, 'enrol', name, '--broker', BROKER, '--pki', folder.at('pki'), ...args);
}

/** Unpacks a bundle as a device does; gives the folder and the variables. */
function unpack(bundle: string, name: string) {
  const path = folder.at(name);
  mkdirSync(path);
  execFileSync('/bin/sh', ['-c', 'base64 -d | tar -xzf - -C "$1"', 'sh', path], { input: bundle });
  const env = parseEnv(readFileSync(folder.at(name, 'sightline.env'), 'utf8')) as Record<string, string>;
  return { path, env };
}

it('is unpacked by a shell into the certificate, its key and the configuration of the device', async () => {
  const { stdout, stderr, code } = await enrol('gate-3');
  expect(code).toBe(EXIT_CODES.ok);
  expect(stdout).toMatch(/^([A-Za-z0-9+/=]{1,76}\n)+$/);
  expect(stderr).toMatch(/^gate-3 is enrolled until \d{4}-/);
  const { path, env } = unpack(stdout, 'gate-3');
  expect(readdirSync(path).sort()).toEqual(['ca.crt', 'sightline.env', 'tls.crt', 'tls.key']);
  expect(env).toEqual({ SIGHTLINE_DEVICE: 'gate-3', SIGHTLINE_CLOUD_BROKER: BROKER });
  expect(statSync(folder.at('gate-3', 'tls.key')).mode & 0o777).toBe(0o600);
  expect(folder.verdict('sslclient', 'gate-3')).toBe('');
  expect(folder.certificate('gate-3', 'tls.crt').subject).toBe('CN=gate-3');
  const checked = await sightline({ cwd: folder.at('gate-3'), env }, 'check-config');
  expect(checked).toMatchObject({ code: EXIT_CODES.ok });
});

it('carries a prefix of its own, and none that a shell would not take as it is', async () => {
  const { stdout } = await enrol('gate-3', '--topic-prefix', 'site-7/faces');
  expect(unpack(stdout, 'gate-3').env.SIGHTLINE_TOPIC_PREFIX).toBe('site-7/faces');
  for (const prefix of ['a$(reboot)', "a'b", 'a;b', 'gesichter-ü'])
    await expect(enrol('gate-4', '--topic-prefix', prefix)).rejects.toThrow(
      'Expected SIGHTLINE_TOPIC_PREFIX of letters',
    );
});

it('is given once; again it revokes what the device had', async () => {
  await enrol('gate-3');
  await expect(enrol('gate-3')).rejects.toMatchObject({ exitCode: EXIT_CODES.usage, hint: /--again/ });
  const { stdout } = await enrol('gate-3', '--again');
  unpack(stdout, 'gate-3');
  expect(folder.verdict('sslclient', 'gate-3')).toBe('');
  const { stdout: list } = await folder.pki('list', '--json');
  const states = list
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).state);
  expect(states).toEqual(['revoked', 'valid']);
});

it.skipIf(!existsSync('/dev/full'))(
  'is worth nothing where it was not taken, and what the device had stays',
  async () => {
    const main = new URL('../../src/main.ts', import.meta.url).pathname;
    const intoFullDisk = (...args: string[]) => {
      const order = ['enrol', 'gate-3', '--broker', BROKER, '--pki', folder.at('pki'), ...args];
      return spawnSync('/bin/sh', ['-c', 'exec "$@" > /dev/full', 'sh', process.execPath, main, 'fleet', ...order], {
        encoding: 'utf8',
      });
    };
    const states = async () => (await folder.pki('list', '--json')).stdout.match(/(?<="state":")\w+/g);
    const first = intoFullDisk();
    expect(first.status).toBe(EXIT_CODES.environment);
    expect(first.stderr).toContain('Expected standard output to take the bundle, got: ENOSPC');
    expect(await states()).toEqual(['revoked']);
    unpack((await enrol('gate-3')).stdout, 'gate-3');
    expect(intoFullDisk('--again').status).toBe(EXIT_CODES.environment);
    expect(await states()).toEqual(['revoked', 'valid', 'revoked']);
    expect(folder.verdict('sslclient', 'gate-3')).toBe('');
  },
);

it('goes into a new file for its owner alone, and nothing is issued where it can not', async () => {
  const { stdout } = await enrol('gate-3', '--out', folder.at('bundle'));
  expect(stdout).toBe('');
  expect(folder.mode('bundle')).toBe('600');
  unpack(readFileSync(folder.at('bundle'), 'utf8'), 'gate-3');
  await expect(enrol('gate-4', '--out', folder.at('bundle'))).rejects.toThrow('a file that is not there yet');
  await expect(enrol('gate-4', '--out', folder.at('no', 'folder'))).rejects.toMatchObject({
    exitCode: EXIT_CODES.environment,
  });
  await expect(enrol('gate-3', '--out', folder.at('other'))).rejects.toThrow('has one until');
  expect(existsSync(folder.at('other'))).toBe(false);
  expect((await folder.pki('list')).stdout).not.toContain('gate-4');
});

it.each(['mqtt://cloud:1883', 'mqtts://cloud', 'mqtts://user:secret@cloud:8883', 'cloud:8883', 'mqtts://cloud:8883/x'])(
  'refuses a broker that no certificate works with: %s',
  async (broker) => {
    const args = ['enrol', 'gate-3', '--broker', broker, '--pki', folder.at('pki')];
    await expect(runCommand(fleetCommand, ...args)).rejects.toThrow('Expected mqtts://HOST:PORT');
  },
);

it.each(['@operator', 'Gate 3', '', '../x'])('refuses a name that is no device: %j', async (name) => {
  await expect(enrol(name)).rejects.toMatchObject({ exitCode: EXIT_CODES.usage });
});

partDescribe('mosquitto', 'a device that was enrolled', () => {
  it('connects with its bundle alone, and an operator sees it with the end of its certificate', async () => {
    await folder.issue('server', 'server', '--host', '127.0.0.1');
    await folder.issue('operator', 'operator');
    const tls = { cafile: 'ca.crt', certfile: 'tls.crt', keyfile: 'tls.key' };
    const files = Object.entries(tls).map(([key, file]) => `${key} ${folder.at('server', file)}`);
    const names = ['require_certificate true', 'use_identity_as_username true', `acl_file ${ACL}`];
    const cloud = await startMosquitto({ listener: ['listener {port} 127.0.0.1', ...files, ...names] });
    const edge = await startMosquitto();
    cleanups.push(cloud.stop, edge.stop);
    const broker = `mqtts://127.0.0.1:${cloud.port}`;
    const args = ['enrol', 'gate-3', '--broker', broker, '--pki', folder.at('pki')];
    const { path, env } = unpack((await runCommand(fleetCommand, ...args)).stdout, 'gate-3');
    const { config } = loadConfig({
      environment: {
        ...env,
        ...tlsVariables(path),
        SIGHTLINE_EDGE_BROKER: edge.url,
        SIGHTLINE_SPOOL_PATH: folder.at('spool'),
        SIGHTLINE_SPOOL_MIN_FREE_BYTES: '1',
      },
    });
    const forwarder = createForwarder(serviceContext(config));
    await forwarder.start();
    cleanups.push(() => forwarder.stop());
    writeFileSync(folder.at('operator.yaml'), operatorConfig(broker, folder.at('operator')));
    const fleet = async (...more: string[]) =>
      runCommand(fleetCommand, '--config', folder.at('operator.yaml'), '--pki', folder.at('pki'), ...more);
    const shown = await eventually(
      async () => (await fleet('--json')).stdout,
      (text) => text.includes('"online"'),
      60_000,
    );
    expect(JSON.parse(shown.split('\n')[0] ?? '')).toMatchObject({
      name: 'gate-3',
      state: 'online',
      certificate: { endsAt: folder.certificate('gate-3', 'tls.crt').validToDate.toISOString() },
      warnings: [],
    });
    await forwarder.stop();
    await eventually(
      async () => (await fleet('--json')).stdout,
      (text) => text.includes('"offline"'),
      60_000,
    );
    expect((await fleet('forget', 'gate-3')).stdout).toMatch(/^gate-3 is forgotten/);
  }, 180_000);
});

function tlsVariables(path: string): Record<string, string> {
  return {
    SIGHTLINE_CLOUD_CA: `${path}/ca.crt`,
    SIGHTLINE_CLOUD_CERT: `${path}/tls.crt`,
    SIGHTLINE_CLOUD_KEY: `${path}/tls.key`,
  };
}

function operatorConfig(broker: string, path: string): string {
  const lines = { broker, ca: `${path}/ca.crt`, cert: `${path}/tls.crt`, key: `${path}/tls.key` };
  return `cloud:\n${Object.entries(lines)
    .map(([key, value]) => `  ${key}: ${value}\n`)
    .join('')}`;
}
