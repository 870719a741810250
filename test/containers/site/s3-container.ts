import { homedir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../../support/eventually.ts';
import { requirePart } from '../../support/parts.ts';
import { type S3Objects, s3Objects } from '../../support/s3-objects.ts';
import { addressOf, discard, docker } from '../docker.ts';

const NAME = 'sightline-proof-s3';
const PORT = 5000;
const MODULES = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'sightline/s3-server/moto5');
const SERVE = 'import sys; from moto.server import main; main(sys.argv[1:])';

/** An S3 server that only one network reaches. */
export class S3Container {
  readonly name = NAME;
  /** For services in that network. */
  readonly endpoint = `http://s3:${PORT}`;
  readonly #network: string;

  constructor(network: string) {
    this.#network = network;
  }

  /** This machine's own Python runs in it: the engine's images have none. */
  async start(bucket: string): Promise<void> {
    requirePart('s3');
    const mounts = ['--volume', '/usr:/usr:ro', '--volume', `${MODULES}:/moto:ro`, '--env', 'PYTHONPATH=/moto'];
    const place = ['--name', NAME, '--network', this.#network, '--network-alias', 's3'];
    const program = ['/usr/bin/python3', '-c', SERVE, '-H', '0.0.0.0', '-p', `${PORT}`];
    await docker('run', '--detach', ...place, ...mounts, 'debian:bookworm-slim', ...program);
    const made = async () => (await this.objects()).createBucket(bucket).then(() => '', String);
    await eventually(made, (failure) => failure === '', 60_000);
  }

  /** Eyes on it, from this machine. */
  async objects(): Promise<S3Objects> {
    return s3Objects(`http://${await addressOf(NAME, this.#network)}:${PORT}`);
  }

  async remove(): Promise<void> {
    await discard('container', [NAME]);
  }
}
