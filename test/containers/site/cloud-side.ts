import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Ended, run, succeed } from '../command.ts';
import { discard, docker, labelled } from '../docker.ts';
import { S3Container } from './s3-container.ts';
import { type Papers, papersIn } from './visitor.ts';

const SCRIPT = fileURLToPath(new URL('../../../deploy/cloud/run.sh', import.meta.url));
const LABEL = 'dev.sightline=cloud';
export const CLOUD_NETWORK = 'sightline-cloud';
export const CLOUD_BROKER = 'sightline-cloud-broker';
export const PROCESSORS = ['sightline-cloud-processor-1', 'sightline-cloud-processor-2'] as const;

/** The cloud on this machine, as `deploy/cloud/run.sh` makes it, beside an S3 server that only its network reaches. */
export class CloudSide {
  readonly bucket = 'faces';
  readonly storeSecret = randomBytes(20).toString('hex');
  readonly port: number;
  readonly s3 = new S3Container(CLOUD_NETWORK);
  readonly #folder = mkdtempSync(join(tmpdir(), 'sightline-proof-cloud-'));

  #host = '';

  /** @param port the one that is published */
  constructor(port: number) {
    this.port = port;
  }

  /** The address of this machine in the cloud's network, where the edge reaches what is published; no container has it. */
  get host(): string {
    return this.#host;
  }

  get url(): string {
    return `mqtts://${this.host}:${this.port}`;
  }

  /** The network and the S3 server, which are there before Sightline. */
  async prepare(): Promise<void> {
    await docker('network', 'create', '--label', LABEL, CLOUD_NETWORK);
    this.#host = await docker('network', 'inspect', CLOUD_NETWORK, '--format', '{{ (index .IPAM.Config 0).Gateway }}');
    await this.s3.start(this.bucket);
    writeFileSync(
      join(this.#folder, 's3.env'),
      `AWS_ACCESS_KEY_ID=proof\nAWS_SECRET_ACCESS_KEY=${this.storeSecret}\n`,
      {
        mode: 0o600,
      },
    );
  }

  async up(...more: string[]): Promise<string> {
    const store = ['--endpoint', this.s3.endpoint, '--path-style', '--region', 'us-east-1'];
    const login = ['--credentials', join(this.#folder, 's3.env')];
    const given = ['--host', this.host, '--processors', `${PROCESSORS.length}`, ...store, ...login, ...more];
    return this.script(`${this.port}`, `${this.bucket}/site`, ...given);
  }

  /** `run.sh …`, which must succeed. */
  async script(...args: string[]): Promise<string> {
    return succeed('bash', [SCRIPT, ...args], { timeoutMs: 600_000 });
  }

  async tryScript(...args: string[]): Promise<Ended> {
    return run('bash', [SCRIPT, ...args], { timeoutMs: 600_000 });
  }

  /** What `run.sh enrol` prints: the bundle for deploy/edge. */
  async enrol(device: string, ...more: string[]): Promise<string> {
    return this.script('enrol', device, ...more);
  }

  /** New certificates for everybody in the cloud, however long theirs would last. */
  async renewAll(): Promise<void> {
    await this.script('renew', '--all');
  }

  /** The certificate, key and CA in a bundle. */
  async papersOf(bundle: string): Promise<Required<Papers>> {
    const folder = mkdtempSync(join(this.#folder, 'bundle-'));
    await succeed('tar', ['-xz', '-C', folder], { input: Buffer.from(bundle, 'base64') });
    return papersIn(folder);
  }

  async remove(): Promise<void> {
    await this.removeLeftovers();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Ends it all, also what a run that died has left. */
  async removeLeftovers(): Promise<void> {
    await this.s3.remove();
    await run('bash', [SCRIPT, '--down', '--purge', '--yes'], { timeoutMs: 120_000 });
    await discard('container', await labelled('container', LABEL));
    await discard('volume', await labelled('volume', LABEL));
    await discard('network', [...(await labelled('network', LABEL)), CLOUD_NETWORK]);
  }
}
