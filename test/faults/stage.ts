import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stringify } from 'yaml';
import { sha256Hex } from '../../src/contract/sha256.ts';
import { eventually } from '../support/eventually.ts';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts';
import { temporaryFolder } from '../support/folder.ts';
import { freePort } from '../support/free-port.ts';
import { type Mosquitto, startMosquitto } from '../support/mosquitto.ts';
import type { Random } from '../support/random.ts';
import { sightline } from '../support/sightline.ts';
import { folderBytes } from './folder-size.ts';
import { type StageStore, type StoreKind, startStageStore } from './object-eyes.ts';
import { PowerCutDisk } from './small-disks.ts';
import { SupervisedService } from './supervised-service.ts';
import { SyntheticDetector } from './synthetic-detector.ts';
import { judgeRun, type LedgerCounts, type Verdict } from './verdict.ts';

export interface StageOptions {
  readonly random: Random;
  readonly store?: StoreKind;
  readonly processors?: number;
  /** Of what is published, the share that are bare images. */
  readonly bareRatio?: number;
  /** Further lines of mosquitto.conf. */
  readonly edgeLines?: readonly string[];
  readonly cloudLines?: readonly string[];
  /** Sections of sightline.yaml, laid over the stage's own. */
  readonly config?: Readonly<Record<string, object>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly maxSpoolBytes?: number;
  /** The spool, or the store, on a disk whose power can be cut. */
  readonly spoolOnDisk?: boolean;
  readonly storeOnDisk?: boolean;
  /** Captures may be evicted or found damaged, as the ledger says. */
  readonly mayShed?: boolean;
  /** What `sightline audit` can't balance by design. */
  readonly mayNotAudit?: boolean;
  /** A part of the books is with another forwarder. */
  readonly sharesLedger?: boolean;
}

const MIB = 2 ** 20;
const DEVICES = ['gate', 'yard'];
/** A process of Node with all that a service loads, and what it may hold of captures. */
const FORWARDER_BYTES = 320 * MIB;
const PROCESSOR_BYTES = 320 * MIB;

/**
 * The whole way from the edge to the store, on this machine: a synthetic detector, two real brokers, links that can be made bad,
 * the services as processes that are started again when they die, and a store.
 */
export class Stage {
  readonly options: StageOptions;
  readonly #folder = temporaryFolder();
  readonly processors: SupervisedService[] = [];
  readonly doubtful = new Set<string>();
  readonly refusable = new Set<string>();
  /** Messages were published that belong to no capture: refused, and in the ledger of whoever took them. */
  strays = false;
  /** Lines of mosquitto.conf for a cloud broker that comes back without its disk. */
  cloudLines: readonly string[] | undefined;
  #parts: Parts | undefined;
  readonly #doubting: Promise<void>[] = [];
  #maxSpoolBytes = 0;
  #spoolPath = join(this.#folder.path, 'spool');
  #disk: PowerCutDisk | undefined;
  readonly #cleanups: (() => Promise<void>)[] = [];
  #watch: NodeJS.Timeout | undefined;
  #faultOverMs = performance.now();

  constructor(options: StageOptions) {
    this.options = options;
  }

  async start(): Promise<void> {
    const { random, store: kind = 'folder', processors = 1, bareRatio = 0.1, edgeLines, cloudLines } = this.options;
    if (this.options.spoolOnDisk || this.options.storeOnDisk) {
      this.#disk = new PowerCutDisk(join(this.path, 'disk'), this.path);
      this.#disk.mount(96 * MIB);
      this.onStop(async () => this.#disk?.unmount());
    }
    if (this.options.spoolOnDisk) this.#spoolPath = join(this.path, 'disk', 'spool');
    this.cloudLines = cloudLines;
    const edge = await startMosquitto({ lines: edgeLines ?? [] });
    const cloud = await startMosquitto({ lines: cloudLines ?? [] });
    const store = await startStageStore(kind, this.options.storeOnDisk ? join(this.path, 'disk') : this.path);
    const edgeLink = await startFaultProxy({ target: edge.port });
    const cloudLink = await startFaultProxy({ target: cloud.port });
    const processorLink = await startFaultProxy({ target: cloud.port });
    const storeLink = store.port === undefined ? undefined : await startFaultProxy({ target: store.port });
    this.#configure(edgeLink.port, cloudLink.port, {
      ...store.config,
      ...(storeLink ? { endpoint: `http://127.0.0.1:${storeLink.port}` } : {}),
    });
    const forwarder = await this.#service('forwarder');
    const detector = new SyntheticDetector({ url: edge.url, devices: DEVICES, random, bareRatio });
    this.#parts = { edge, cloud, store, edgeLink, cloudLink, processorLink, storeLink, forwarder, detector };
    forwarder.start();
    for (let count = 0; count < processors; count += 1) await this.addProcessor();
    detector.start();
    this.#watch = setInterval(() => this.#measure(), 300);
    await Promise.all([this.#bareSession(), ...this.processors.map((service) => service.alive())]);
  }

  get path(): string {
    return this.#folder.path;
  }

  get spoolPath(): string {
    return this.#spoolPath;
  }

  /** Called before the stage's folder is removed. */
  onStop(cleanup: () => Promise<void>): void {
    this.#cleanups.push(cleanup);
  }

  /** The forwarder goes on with an empty spool in another folder. Nothing may be in the one that it has. */
  async moveSpool(path: string): Promise<void> {
    const { forwarder } = this.parts;
    await forwarder.stop();
    this.#spoolPath = join(path, 'spool');
    forwarder.env = { SIGHTLINE_SPOOL_PATH: this.#spoolPath };
    forwarder.start();
    await this.#bareSession();
  }

  /** The power of the disk and of these services fails at this instant; then all is switched on again. */
  async cutPower(services: readonly SupervisedService[]): Promise<void> {
    if (!this.#disk) throw new Error('Expected a disk whose power can be cut');
    for (const service of services) service.signal('SIGSTOP');
    this.#disk.freezeFrame();
    for (const service of services) await service.stop('SIGKILL');
    await this.#disk.comeBack();
    for (const service of services) service.start();
  }

  get parts(): Parts {
    if (!this.#parts) throw new Error('Expected the stage to be started');
    return this.#parts;
  }

  async addProcessor(env: Readonly<Record<string, string>> = {}): Promise<SupervisedService> {
    const id = `p${this.processors.length + 1}`;
    const broker = `mqtt://127.0.0.1:${this.parts.processorLink.port}`;
    const service = await this.#service('image-processor', {
      SIGHTLINE_CLOUD_BROKER: broker,
      SIGHTLINE_PROCESSOR_ID: id,
      ...env,
    });
    this.processors.push(service);
    service.start();
    return service;
  }

  /** Another forwarder, with the same configuration but for these variables. It is stopped by who asked for it. */
  async addForwarder(env: Readonly<Record<string, string>> = {}): Promise<SupervisedService> {
    return this.#guest('forwarder', env);
  }

  /** A real face-detector. It is stopped by who asked for it, or with the stage. */
  async addDetector(env: Readonly<Record<string, string>>): Promise<SupervisedService> {
    return this.#guest('face-detector', env);
  }

  async #guest(name: string, env: Readonly<Record<string, string>>): Promise<SupervisedService> {
    const service = await this.#service(name, env);
    this.onStop(async () => void (await service.stop('SIGKILL')));
    service.start();
    return service;
  }

  /** kill -9 of a broker; `wiped`: it comes back with nothing that it had on disk. Bare images that only it had may be lost. */
  async killBroker(name: 'edge' | 'cloud', { wiped = false, downMs = 200 } = {}): Promise<void> {
    const broker = this.parts[name];
    await broker.kill();
    await sleep(downMs);
    if (wiped) {
      await broker.stop();
      const lines = (name === 'edge' ? this.options.edgeLines : this.cloudLines) ?? [];
      this.parts[name] = await startMosquitto({ port: broker.port, lines });
    } else await broker.restart();
    // Until the forwarder has its session again, nobody keeps what comes.
    if (name === 'edge') this.#doubting.push(this.#bareSession().then(() => this.#doubtBare()));
  }

  /** From now on it must recover. */
  faultIsOver(): void {
    this.#faultOverMs = performance.now();
  }

  /** The forwarder's rows, counted; undefined while it does not answer. */
  async ledger(): Promise<LedgerCounts | undefined> {
    const { forwarder } = this.parts;
    const [pending, ...settled] = await Promise.all([
      forwarder.metric('spool_captures'),
      ...['stored', 'refused', 'evicted', 'released'].map((state) =>
        forwarder.metric(`spool_settled_captures{state="${state}"}`),
      ),
    ]);
    if (pending === undefined || settled.some((count) => count === undefined)) return undefined;
    const [stored = 0, refused = 0, evicted = 0, released = 0] = settled as number[];
    return { pending, stored, refused, evicted, released };
  }

  /** What `sightline audit` finds, beside the running services; '' when it balances, or can't be asked here. */
  async audit(): Promise<string> {
    const { store = 'folder', mayNotAudit, sharesLedger } = this.options;
    // The store of moods can't list what it has.
    if (store === 'moody' || mayNotAudit || sharesLedger) return '';
    const cli = await sightline({ cwd: this.path }, 'audit', '--config', 'site.yaml', '--read-only');
    return cli.code === 0
      ? ''
      : `sightline audit ended with ${cli.code}: ${cli.stdout.slice(-400)} ${cli.stderr.slice(-300)}`;
  }

  /** Waits until everything is settled, and judges. */
  async verdict(maxRecoveryMs = 60_000): Promise<Verdict> {
    const { detector, forwarder, store } = this.parts;
    await Promise.all(this.#doubting);
    const until = performance.now() + maxRecoveryMs;
    let recoveredAfterMs: number | undefined;
    while (recoveredAfterMs === undefined && performance.now() < until) {
      if (await this.#isSettled()) recoveredAfterMs = performance.now() - this.#faultOverMs;
      else await sleep(100);
    }
    const ledger = await this.ledger();
    this.#measure();
    const services = [forwarder, ...this.processors];
    return judgeRun({
      emitted: detector.emitted,
      doubtful: this.doubtful,
      refusable: this.refusable,
      mayShed: this.options.mayShed ?? false,
      strays: this.strays,
      sharesLedger: this.options.sharesLedger ?? false,
      objects: await store.objects(),
      ledger,
      unheld: detector.kept,
      bounds: [
        ...services.map(({ name, peakRssBytes }) => ({
          of: `${name}: memory`,
          bytes: peakRssBytes,
          maxBytes: name === 'forwarder' ? FORWARDER_BYTES : PROCESSOR_BYTES,
        })),
        { of: 'spool: disk', bytes: this.#maxSpoolBytes, maxBytes: this.options.maxSpoolBytes ?? 512 * MIB },
      ],
      recoveredAfterMs,
      maxRecoveryMs,
      crashes: this.crashes(),
    });
  }

  crashes(): string[] {
    return [this.#parts?.forwarder, ...this.processors].flatMap((service) => service?.crashes ?? []);
  }

  /** Captures and bare images that were published. */
  get published(): number {
    return this.#parts?.detector.emitted.length ?? 0;
  }

  /** Most memory of each kind of service. */
  peakMiB(): Record<string, number> {
    const peaks: Record<string, number> = {};
    for (const { name, peakRssBytes } of this.#parts ? [this.#parts.forwarder, ...this.processors] : [])
      peaks[name] = Math.max(peaks[name] ?? 0, Math.round(peakRssBytes / MIB));
    return peaks;
  }

  async stop(): Promise<void> {
    clearInterval(this.#watch);
    if (this.#parts) {
      const { detector, forwarder, edge, cloud, store, edgeLink, cloudLink, processorLink, storeLink } = this.parts;
      await detector.stop();
      await Promise.all([forwarder, ...this.processors].map((service) => service.stop('SIGKILL')));
      await Promise.all([edgeLink, cloudLink, processorLink, storeLink].map((link) => link?.stop()));
      await Promise.all([edge.stop(), cloud.stop(), store.stop()]);
    }
    for (const cleanup of this.#cleanups.splice(0).reverse()) await cleanup();
    this.#folder.remove();
  }

  /** Before the forwarder's first subscription no broker keeps bare images for it. */
  async #bareSession(): Promise<void> {
    const { forwarder } = this.parts;
    await eventually(
      () => forwarder.metric('mqtt_connected{service="forwarder",broker="edge-bare"}'),
      (isUp) => isUp === 1,
      60_000,
    );
  }

  async #isSettled(): Promise<boolean> {
    const { detector } = this.parts;
    if (detector.kept > 0) return false;
    const ledger = await this.ledger();
    if (!ledger || ledger.pending > 0) return false;
    if (this.options.sharesLedger) return (await this.parts.store.objects()).length >= detector.emitted.length;
    const known = ledger.stored + ledger.refused + ledger.evicted + ledger.released;
    return known >= detector.emitted.length - this.doubtful.size;
  }

  /** What the store does not have of the bare images, only the edge broker may have. */
  async #doubtBare(): Promise<void> {
    const all = await this.parts.store.objects();
    const hashes = new Set(all.map(({ bytes }) => sha256Hex(bytes)));
    for (const { id, sha256 } of this.parts.detector.emitted)
      if (id === undefined && !hashes.has(sha256)) this.doubtful.add(sha256);
  }

  #measure(): void {
    this.#maxSpoolBytes = Math.max(this.#maxSpoolBytes, folderBytes(this.spoolPath));
  }

  async #service(name: string, env: Readonly<Record<string, string>> = {}): Promise<SupervisedService> {
    return new SupervisedService({
      name,
      args: ['--config', 'site.yaml'],
      cwd: this.path,
      httpPort: await freePort(),
      env: { ...this.options.env, ...env },
    });
  }

  #configure(edge: number, cloud: number, store: object): void {
    const own: Record<string, object> = {
      edge: { broker: `mqtt://127.0.0.1:${edge}`, keepaliveSeconds: 5 },
      cloud: { broker: `mqtt://127.0.0.1:${cloud}`, keepaliveSeconds: 5 },
      spool: { path: this.spoolPath, minFreeBytes: 1 },
      store,
    };
    for (const [section, keys] of Object.entries(this.options.config ?? {}))
      own[section] = { ...own[section], ...keys };
    writeFileSync(join(this.path, 'site.yaml'), stringify({ version: 1, device: 'gate', ...own }));
  }
}

export interface Parts {
  edge: Mosquitto;
  cloud: Mosquitto;
  readonly store: StageStore;
  /** Forwarder to edge broker. */
  readonly edgeLink: FaultProxy;
  /** Forwarder to cloud broker. */
  readonly cloudLink: FaultProxy;
  /** Image-processors to cloud broker. */
  readonly processorLink: FaultProxy;
  /** Image-processors to the bucket. */
  readonly storeLink: FaultProxy | undefined;
  readonly forwarder: SupervisedService;
  readonly detector: SyntheticDetector;
}
