import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Ended, run, succeed } from '../command.ts';
import { discard, docker, labelled } from '../docker.ts';
import { S3Container } from '../site/s3-container.ts';
import { type Papers, papersIn } from '../site/visitor.ts';

const SCRIPT = fileURLToPath(new URL('../../../deploy/cloud/run.sh', import.meta.url));
const NETWORK = 'sightline-cloud';
const LABEL = 'dev.sightline=cloud';
const LIMITS = { timeoutMs: 600_000 };

/** `deploy/cloud/run.sh` on this machine, and an S3 server that its network reaches. */
export class CloudMachine {
  readonly bucket = 'faces';
  readonly port: number;
  readonly folder = mkdtempSync(join(tmpdir(), 'sightline-cloud-machine-'));
  readonly #s3 = new S3Container(NETWORK);
  #host = '';

  constructor(port: number) {
    this.port = port;
  }

  async prepare(): Promise<void> {
    await this.removeLeftovers();
    await docker('network', 'create', '--label', LABEL, NETWORK);
    this.#host = await docker('network', 'inspect', NETWORK, '--format', '{{ (index .IPAM.Config 0).Gateway }}');
    await this.#s3.start(this.bucket);
    writeFileSync(this.credentials, 'AWS_ACCESS_KEY_ID=test\nAWS_SECRET_ACCESS_KEY=hush-hush\n', { mode: 0o600 });
  }

  get url(): string {
    return `mqtts://${this.#host}:${this.port}`;
  }

  get credentials(): string {
    return join(this.folder, 's3.env');
  }

  /** Arguments of the first start, for a bucket of this name; later options win. */
  arguments(bucket: string, ...more: string[]): string[] {
    return [`${this.port}`, bucket, '--endpoint', this.#s3.endpoint, '--path-style', ...more];
  }

  /** Of a start that names no host. */
  startArguments(...more: string[]): string[] {
    const given = ['--credentials', this.credentials, '--region', 'us-east-1', ...more];
    return this.arguments(`${this.bucket}/site`, ...given);
  }

  async up(...more: string[]): Promise<string> {
    return this.script(...this.startArguments('--host', this.#host, ...more));
  }

  /** `run.sh …`, which must succeed; gives standard output. */
  async script(...args: string[]): Promise<string> {
    return succeed('bash', [SCRIPT, ...args], LIMITS);
  }

  async tryScript(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
    return run('bash', [SCRIPT, ...args], { ...LIMITS, env });
  }

  /** The certificate, key and CA in a bundle. */
  async papersOf(bundle: string): Promise<Required<Papers>> {
    const folder = mkdtempSync(join(this.folder, 'bundle-'));
    await succeed('tar', ['-xz', '-C', folder], { input: Buffer.from(bundle, 'base64') });
    return papersIn(folder);
  }

  /** Containers of run.sh, by name. */
  async containers(): Promise<string[]> {
    return (await labelled('container', LABEL)).sort();
  }

  async volumes(): Promise<string[]> {
    return labelled('volume', LABEL);
  }

  async remove(): Promise<void> {
    await this.removeLeftovers();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Ends it all, also what a run that died has left. */
  async removeLeftovers(): Promise<void> {
    await this.#s3.remove();
    await this.tryScript(['--down', '--purge', '--yes']);
    await discard('network', [NETWORK]);
  }
}
