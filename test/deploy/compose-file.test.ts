import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readEnvironment } from '../../src/platform/config/environment.ts';
import { configSchema } from '../../src/platform/config/schema.ts';
import { temporaryFolder } from '../support/folder.ts';
import { partDescribe } from '../support/parts.ts';

interface ComposeService {
  readonly image: string;
  readonly user?: string;
  readonly command: readonly string[];
  readonly read_only: boolean;
  readonly cap_drop: readonly string[];
  readonly security_opt: readonly string[];
  readonly restart: string;
  readonly mem_limit: string;
  readonly logging: { readonly options: Readonly<Record<string, string>> };
  readonly networks: readonly string[];
  readonly volumes: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

interface Compose {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean }>>;
}

const FOLDER = fileURLToPath(new URL('../../deploy/edge/compose/', import.meta.url));
const { services, networks } = parse(readFileSync(join(FOLDER, 'compose.yaml'), 'utf8'), { merge: true }) as Compose;
const all = Object.entries(services);
describe('the Compose file of a device', () => {
  it('has the four services of the picture', () => {
    expect(Object.keys(services)).toEqual(['broker', 'face-detector', 'message-logger', 'forwarder']);
    for (const [name, { command }] of all) expect(command).toEqual([name === 'broker' ? 'edge' : name]);
  });

  it.each(all)('gives %s no rights that it does not need', (_, service) => {
    expect(service).toMatchObject({
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
      restart: 'unless-stopped',
    });
    for (const key of ['ports', 'privileged', 'network_mode', 'pid', 'ipc', 'cap_add', 'expose'])
      expect(service).not.toHaveProperty(key);
    expect(service.mem_limit).toMatch(/^\d+[mg]$/);
    expect(service.logging.options).toEqual({ 'max-size': '10m', 'max-file': '3' });
  });

  it('leaves half of a board with 4 GB to the system', () => {
    const bytes = all.map(([, { mem_limit: limit }]) => Number.parseInt(limit, 10) * (limit.endsWith('g') ? 1024 : 1));
    expect(bytes.reduce((sum, each) => sum + each, 0)).toBeLessThanOrEqual(2200);
  });

  it('lets broker and message-logger into a network alone that has no way out', () => {
    expect(networks).toEqual({ inside: { internal: true }, outside: {} });
    const inside = all.filter(([, { networks: own }]) => own.join() === 'inside').map(([name]) => name);
    expect(inside).toEqual(['broker', 'message-logger']);
  });

  it('gives each service its own password alone, and the certificate to the forwarder alone', () => {
    for (const [name, { volumes, environment }] of all.filter(([name]) => name !== 'broker')) {
      const secrets = volumes.filter((volume) => volume.includes('/passwords'));
      expect(secrets).toEqual([`\${STATE}/passwords/${name}:/run/secrets/edge-password:ro`]);
      expect(environment.SIGHTLINE_EDGE_USERNAME).toBe(name);
      expect(volumes.some((volume) => volume.includes('/tls'))).toBe(name === 'forwarder');
    }
    const writable = all.flatMap(([, { volumes }]) => volumes.filter((volume) => !volume.endsWith(':ro')));
    expect(writable.sort()).toEqual([
      'broker:/mosquitto/data',
      'outbox:/var/lib/sightline',
      'spool:/var/lib/sightline',
    ]);
  });

  it('sets keys of the configuration and nothing else', () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder.path, 'password'), 'x');
    for (const [name, { environment }] of all.filter(([name]) => name !== 'broker')) {
      const file = join(folder.path, 'password');
      const filled = Object.entries(environment).map(([key, value]) => [key, key.endsWith('_FILE') ? file : value]);
      expect([name, readEnvironment(configSchema, Object.fromEntries(filled)).entries.length]).toEqual([
        name,
        filled.length,
      ]);
    }
    folder.remove();
  });

  partDescribe('docker-compose', 'as Compose reads it', () => {
    const folder = temporaryFolder();
    let printed: Compose;

    beforeAll(() => {
      for (const name of ['passwords', 'tls', 'broker', 'cameras']) mkdirSync(join(folder.path, name));
      writeFileSync(join(folder.path, 'passwords/forwarder'), 'x');
      writeFileSync(join(folder.path, 'sightline.yaml'), 'version: 1\n');
      writeFileSync(join(folder.path, 'face-detector.env'), 'SIGHTLINE_CAMERAS_0_SOURCE=/dev/null\n');
      writeFileSync(
        join(folder.path, 'sightline.env'),
        'SIGHTLINE_DEVICE=gate-3\nSIGHTLINE_CLOUD_BROKER=mqtts://cloud.example:8883\nSIGHTLINE_TOPIC_PREFIX=site\n',
      );
      writeFileSync(
        join(folder.path, 'compose.devices.yaml'),
        'services:\n  face-detector:\n    devices:\n      - /dev/null:/dev/null\n    group_add:\n      - "44"\n',
      );
      const { status, stdout, stderr } = spawnSync(
        join(FOLDER, 'run.sh'),
        ['--print', '--registry', 'registry.example/site'],
        {
          env: { PATH: process.env.PATH, SIGHTLINE_STATE: folder.path },
          encoding: 'utf8',
        },
      );
      if (status !== 0) throw new Error(stderr);
      printed = parse(stdout) as Compose;
    });

    afterAll(() => folder.remove());

    it('has its images, its folders, its cameras and the prefix of its topics', () => {
      const { version } = JSON.parse(readFileSync(join(FOLDER, '../../../package.json'), 'utf8')) as {
        version: string;
      };
      expect(printed.services.forwarder?.image).toBe(`registry.example/site/sightline-relay:${version}`);
      expect(printed.services['face-detector']).toMatchObject({
        image: `registry.example/site/sightline-vision:${version}`,
        group_add: ['44'],
        environment: {
          SIGHTLINE_DEVICE: 'gate-3',
          SIGHTLINE_CAMERAS_0_SOURCE: '/dev/null',
          SIGHTLINE_TOPIC_PREFIX: 'site',
        },
      });
      expect(printed.services.broker).toMatchObject({
        user: '1883:1883',
        environment: { SIGHTLINE_TOPIC_PREFIX: 'site' },
      });
      expect(JSON.stringify(printed)).toContain(`${folder.path}/tls`);
    });
  });
});
