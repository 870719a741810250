import { eventually } from '../../support/eventually.ts';
import { docker, stateOf } from '../docker.ts';
import { progress } from '../progress.ts';
import { CaptureWatch } from './capture-watch.ts';
import { CLOUD_BROKER, CloudSide, PROCESSORS } from './cloud-side.ts';
import { DEVICE, EdgeSide } from './edge-side.ts';
import { openPortsFromHere } from './port-scan.ts';
import { BucketReader, faultsOf, type StoredCapture } from './verdict.ts';

const PATIENCE_MS = 120_000;

/** One device and one cloud, as their owners' scripts make them, and eyes on both ends. */
export class Site {
  readonly cloud: CloudSide;
  readonly edge: EdgeSide;
  readonly bucket: BucketReader;
  readonly watch: CaptureWatch;
  /** Ports of this machine that were open before anything of ours ran. */
  openBefore: readonly number[] = [];

  constructor(port: number) {
    const cloud = new CloudSide(port);
    const edge = new EdgeSide();
    this.cloud = cloud;
    this.edge = edge;
    this.bucket = new BucketReader(() => cloud.s3.objects(), cloud.bucket);
    this.watch = new CaptureWatch(() => edge.login());
  }

  /** Both sides, after what an earlier run that died may have left is gone. */
  async start(): Promise<void> {
    await this.cloud.removeLeftovers();
    await this.edge.removeLeftovers();
    progress('cloud: network, S3 server, run.sh');
    await this.cloud.prepare();
    this.openBefore = await openPortsFromHere(this.cloud.host);
    await this.cloud.up();
    progress(`edge: enrolling ${DEVICE}, run.sh`);
    await this.edge.prepare();
    await this.edge.install(await this.cloud.enrol(DEVICE));
    await eventually(
      () => this.watch.start().then(() => '', String),
      (failure) => failure === '',
      PATIENCE_MS,
    );
    progress('both sides are up');
  }

  async remove(): Promise<void> {
    await this.watch.stop();
    await this.edge.remove();
    await this.cloud.remove();
  }

  /** Every container of both sides but the S3 server. */
  get containers(): readonly string[] {
    return [...this.edge.services.map((name) => this.edge.container(name)), CLOUD_BROKER, ...PROCESSORS];
  }

  /** When each container was started, by name: what was not restarted has the same. */
  async starts(): Promise<Record<string, string>> {
    const states = this.containers.map(async (name) => [name, (await stateOf(name)).startedAt] as const);
    return Object.fromEntries(await Promise.all(states));
  }

  /** Waits until captures that were taken after this moment are in the bucket: all hops work. */
  async untilFacesArrive(count = 3): Promise<readonly StoredCapture[]> {
    const known = new Set((await this.bucket.keys()).map(String));
    const fromMs = Date.now();
    const isNew = ({ key, takenAtMs }: StoredCapture) => !known.has(key) && takenAtMs >= fromMs;
    return eventually(
      async () => (await this.bucket.captures()).filter(isNew),
      (found) => found.length >= count,
      PATIENCE_MS,
    );
  }

  async untilStored(id: string): Promise<void> {
    await eventually(
      () => this.bucket.keys(),
      (keys) => keys.some((key) => key.includes(id)),
      PATIENCE_MS,
    );
  }

  /** What nobody may ever read in a log or in what docker tells. */
  async secrets(): Promise<readonly string[]> {
    const group = await docker('exec', PROCESSORS[0], 'cat', '/etc/sightline/tls/group');
    return [...this.edge.secrets(), this.cloud.storeSecret, group];
  }

  /** Waits until all that went by at the edge up to now is in the bucket, each once, and no life of the detector has a gap. */
  async untilAllIsStored(): Promise<void> {
    const seen = new Map(this.watch.seen);
    await eventually(
      async () => faultsOf(await this.bucket.captures(), seen),
      (faults) => faults.length === 0,
      PATIENCE_MS,
    );
  }
}
