import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Ended, run, succeed } from '../command.ts';
import { addressOf, discard, docker, labelled } from '../docker.ts';
import type { EdgeBrokerLogin } from './capture-watch.ts';
import { makeFootage } from './footage.ts';
import { type Papers, papersIn } from './visitor.ts';

const SCRIPT = fileURLToPath(new URL('../../../deploy/edge/compose/run.sh', import.meta.url));
const LABEL = 'com.docker.compose.project=sightline';
const SERVICES = ['broker', 'face-detector', 'message-logger', 'forwarder'] as const;
export type EdgeService = (typeof SERVICES)[number];

export const DEVICE = 'gate-3';
/** Where the edge broker is; nothing leaves it. */
export const INSIDE = 'sightline_inside';
/** From where the forwarder reaches the cloud. */
export const OUTSIDE = 'sightline_outside';

/** A device on this machine, as `deploy/edge/compose/run.sh` makes it, with footage instead of cameras. */
export class EdgeSide {
  readonly services = SERVICES;
  readonly #folder = mkdtempSync(join(tmpdir(), 'sightline-proof-edge-'));
  readonly #state = join(this.#folder, 'state');
  #containers: Readonly<Record<string, string>> = {};

  /** Footage, and the configuration that an owner would write. */
  async prepare(): Promise<void> {
    chmodSync(this.#folder, 0o755);
    const media = join(this.#folder, 'media');
    await makeFootage(media);
    mkdirSync(this.#state);
    const lines = [
      'version: 1',
      'cameras:',
      `  - { id: door, source: ${media}/photos }`,
      `  - { id: hall, source: ${media}/clip.mp4 }`,
      'outbox: { type: disk, minFreeBytes: 1MB }',
      'spool: { minFreeBytes: 1MB }',
      'log: { level: debug }',
    ];
    writeFileSync(join(this.#state, 'sightline.yaml'), `${lines.join('\n')}\n`);
  }

  /** `run.sh --bundle -`: the first time everything, later a newer certificate. */
  async install(bundle: string): Promise<void> {
    await this.#script(['--bundle', '-', '--no-service'], bundle);
    const named = SERVICES.map(async (service) => {
      const filters = ['--filter', `label=${LABEL}`, '--filter', `label=com.docker.compose.service=${service}`];
      return [service, await docker('ps', '--all', ...filters, '--format', '{{.Names}}')] as const;
    });
    this.#containers = Object.fromEntries(await Promise.all(named));
  }

  /** What Compose has called a service's container. */
  container(service: EdgeService): string {
    const name = this.#containers[service];
    if (!name) throw new Error(`Expected a container of ${service}, got none`);
    return name;
  }

  async status(): Promise<Ended> {
    return run('bash', [SCRIPT, '--status'], { env: this.#env });
  }

  /** The certificate that the device shows. */
  papers(): Required<Papers> {
    return papersIn(join(this.#state, 'tls'));
  }

  /** Passwords of the edge broker, and lines of the device's private key. */
  secrets(): readonly string[] {
    const passwords = ['face-detector', 'forwarder', 'message-logger'].map((name) => this.#password(name));
    const key = this.papers()
      .key.split('\n')
      .filter((line) => line.length > 30 && !line.startsWith('---'));
    return [...passwords, ...key];
  }

  /** How the message-logger gets into the edge broker, from this machine. */
  async login(): Promise<EdgeBrokerLogin> {
    const url = `mqtt://${await addressOf(this.container('broker'), INSIDE)}:1883`;
    return { url, username: 'message-logger', password: this.#password('message-logger') };
  }

  async remove(): Promise<void> {
    await this.removeLeftovers();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Ends it all, also what a run that died has left. */
  async removeLeftovers(): Promise<void> {
    await discard('container', await labelled('container', LABEL));
    await discard('volume', await labelled('volume', LABEL));
    await discard('network', await labelled('network', LABEL));
  }

  get #env(): Record<string, string> {
    return { SIGHTLINE_STATE: this.#state };
  }

  #password(user: string): string {
    return readFileSync(join(this.#state, 'passwords', user), 'utf8').trim();
  }

  async #script(args: readonly string[], input?: string): Promise<string> {
    const options = { env: this.#env, timeoutMs: 600_000, ...(input === undefined ? {} : { input }) };
    return succeed('bash', [SCRIPT, ...args], options);
  }
}
