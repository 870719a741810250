import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { succeed } from '../command.ts';
import { addressOf, discard, docker, labelled } from '../docker.ts';
import { imageName } from '../engine.ts';
import type { EdgeBrokerLogin } from './capture-watch.ts';
import { makeFootage } from './footage.ts';
import type { Papers } from './visitor.ts';
import { papersIn } from './visitor.ts';

const BROKER_FILES = fileURLToPath(new URL('../../../deploy/broker/', import.meta.url));
const LABEL = 'dev.sightline.proof=edge';
export const EDGE_NETWORK = 'sightline-proof-edge';
const NAMES = ['broker', 'face-detector', 'message-logger', 'forwarder'] as const;
export type EdgeService = (typeof NAMES)[number];
export const DEVICE = 'gate-3';

export class EdgeSide {
  readonly services = NAMES;
  readonly network = EDGE_NETWORK;
  readonly folder = mkdtempSync(join(tmpdir(), 'sightline-proof-edge-'));

  container(name: EdgeService): string {
    return `sightline-proof-${name}`;
  }

  async prepare(): Promise<void> {
    chmodSync(this.folder, 0o755);
    await makeFootage(join(this.folder, 'media'));
    mkdirSync(join(this.folder, 'passwords'));
    for (const name of NAMES) {
      if (name !== 'broker')
        writeFileSync(join(this.folder, 'passwords', name), `password-of-${name}-${process.pid}\n`);
    }
    cpSync(BROKER_FILES, join(this.folder, 'broker'), { recursive: true });
  }

  async install(bundle: string): Promise<void> {
    mkdirSync(join(this.folder, 'tls'), { recursive: true });
    await succeed('tar', ['-xz', '-C', join(this.folder, 'tls')], { input: Buffer.from(bundle, 'base64') });
    await succeed('chown', ['-R', '10001:10001', join(this.folder, 'tls')]);
  }

  /** Puts a newer bundle in the place of the former. */
  async renew(bundle: string): Promise<void> {
    await this.install(bundle);
  }

  async up(bundle: string, cloudBroker: string): Promise<void> {
    await this.install(bundle);
    await docker('network', 'create', '--label', LABEL, EDGE_NETWORK);
    const base = (name: EdgeService, alias: string, user: string) => [
      'run',
      '--detach',
      '--name',
      this.container(name),
      '--network',
      EDGE_NETWORK,
      '--network-alias',
      alias,
      '--label',
      LABEL,
      '--read-only',
      '--cap-drop',
      'ALL',
      '--security-opt',
      'no-new-privileges',
      '--tmpfs',
      '/tmp',
      '--restart',
      'unless-stopped',
      '--user',
      user,
    ];
    await docker(
      ...base('broker', 'broker', '1883:1883'),
      '--volume',
      `${this.folder}/broker:/mosquitto/config:ro`,
      '--volume',
      `${this.folder}/passwords:/mosquitto/passwords:ro`,
      '--volume',
      'sightline-proof-broker:/mosquitto/data',
      '--entrypoint',
      '/bin/sh',
      'eclipse-mosquitto:2',
      '/mosquitto/config/entrypoint.sh',
      'edge',
    );
    writeFileSync(
      join(this.folder, 'sightline.yaml'),
      [
        'version: 1',
        `device: ${DEVICE}`,
        'cameras:',
        '  - { id: door, source: /media/photos }',
        '  - { id: hall, source: /media/clip.mp4 }',
        'outbox: { type: disk, minFreeBytes: 1MB }',
        'edge: { broker: mqtt://broker:1883 }',
        'spool: { minFreeBytes: 1MB }',
        `cloud: { broker: "${cloudBroker}", ca: /etc/sightline/tls/ca.crt, cert: /etc/sightline/tls/tls.crt, key: /etc/sightline/tls/tls.key }`,
        'log: { level: debug }',
        '',
      ].join('\n'),
    );
    for (const name of ['forwarder', 'message-logger', 'face-detector'] as const) {
      const image = imageName(name === 'face-detector' ? 'vision' : 'relay');
      await docker(
        ...base(name, name, '10001:10001'),
        '--volume',
        `${this.folder}/sightline.yaml:/etc/sightline/sightline.yaml:ro`,
        '--volume',
        `${this.folder}/tls:/etc/sightline/tls:ro`,
        '--volume',
        `${this.folder}/media:/media:ro`,
        '--volume',
        `${this.folder}/passwords/${name}:/run/secrets/edge:ro`,
        '--volume',
        `sightline-proof-${name}:/var/lib/sightline`,
        '--env',
        `SIGHTLINE_EDGE_USERNAME=${name}`,
        '--env',
        'SIGHTLINE_EDGE_PASSWORD_FILE=/run/secrets/edge',
        image,
        name,
      );
    }
  }

  /** Passwords of the edge broker, and lines of the device's private key. */
  secrets(): readonly string[] {
    const passwords = ['face-detector', 'forwarder', 'message-logger'].map(
      (name) => `password-of-${name}-${process.pid}`,
    );
    const key = this.papers()
      .key.split('\n')
      .filter((line) => line.length > 30);
    return [...passwords, ...key];
  }

  papers(): Required<Papers> {
    return papersIn(join(this.folder, 'tls'));
  }

  async login(): Promise<EdgeBrokerLogin> {
    const url = `mqtt://${await addressOf(this.container('broker'), EDGE_NETWORK)}:1883`;
    return { url, username: 'message-logger', password: `password-of-message-logger-${process.pid}` };
  }

  async remove(): Promise<void> {
    await this.removeLeftovers();
    rmSync(this.folder, { recursive: true, force: true });
  }

  async removeLeftovers(): Promise<void> {
    await discard('container', await labelled('container', LABEL));
    await discard(
      'volume',
      NAMES.map((name) => `sightline-proof-${name}`),
    );
    await discard('network', [EDGE_NETWORK]);
  }
}
