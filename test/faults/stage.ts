import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startFaultProxy } from '../support/fault-proxy.ts';
import { temporaryFolder } from '../support/folder.ts';
import { freePort } from '../support/free-port.ts';
import { startMosquitto } from '../support/mosquitto.ts';
import { folderBytes } from './folder-size.ts';
import { startStageStore } from './object-eyes.ts';
import { PowerCutDisk } from './small-disks.ts';
import { auditOf, bareMissing, bareSession, boundsOf, isSettled, ledgerOf, peakMiBOf } from './stage-books.ts';
import { type Parts, type StageOptions, stopParts, writeSiteConfig } from './stage-parts.ts';
import { SupervisedService } from './supervised-service.ts';
import { SyntheticDetector } from './synthetic-detector.ts';
import { judgeRun, type LedgerCounts, type Verdict } from './verdict.ts';

const MIB = 2 ** 20;
const DEVICES = ['gate', 'yard'];
/**
 * The whole way from the edge to the store, on this machine: a synthetic detector, two real brokers, links that can be made bad,
 * the services as processes that are started again when they die, and a store.
 */
export class Stage {
  readonly options: StageOptions;
  readonly #folder = temporaryFolder();
  readonly path = this.#folder.path;
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
  #config = '';
  #spoolPath = join(this.path, 'spool');
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
    const endpoint = storeLink ? { endpoint: `http://127.0.0.1:${storeLink.port}` } : {};
    this.#config = writeSiteConfig(
      this.path,
      {
        edgePort: edgeLink.port,
        cloudPort: cloudLink.port,
        spoolPath: this.spoolPath,
        store: { ...store.config, ...endpoint },
      },
      this.options.config,
    );
    const forwarder = await this.#service('forwarder');
    const detector = new SyntheticDetector({ url: edge.url, devices: DEVICES, random, bareRatio });
    this.#parts = { edge, cloud, store, edgeLink, cloudLink, processorLink, storeLink, forwarder, detector };
    forwarder.start();
    for (let count = 0; count < processors; count += 1) await this.addProcessor();
    detector.start();
    this.#watch = setInterval(() => this.#measure(), 300);
    await Promise.all([bareSession(this.parts.forwarder), ...this.processors.map((service) => service.alive())]);
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
    await bareSession(forwarder);
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
    const own = { SIGHTLINE_CLOUD_BROKER: broker, SIGHTLINE_PROCESSOR_ID: id };
    const service = await this.#service('image-processor', { ...own, ...env });
    this.processors.push(service);
    service.start();
    return service;
  }

  /** Another service with the same configuration but for these variables; stopped by who asked for it, or with the stage. */
  async addGuest(
    name: 'forwarder' | 'face-detector',
    env: Readonly<Record<string, string>> = {},
  ): Promise<SupervisedService> {
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
    if (name === 'edge') this.#doubting.push(this.#doubtBare());
  }

  /** From now on it must recover. */
  faultIsOver(): void {
    this.#faultOverMs = performance.now();
  }

  /** The forwarder's rows, counted; undefined while it does not answer. */
  ledger(): Promise<LedgerCounts | undefined> {
    return ledgerOf(this.parts.forwarder);
  }

  /** What `sightline audit` finds, beside the running services; '' when it balances, or can't be asked here. */
  async audit(): Promise<string> {
    const { store = 'folder', mayNotAudit, sharesLedger } = this.options;
    // The store of moods can't list what it has.
    if (store === 'moody' || mayNotAudit || sharesLedger) return '';
    return auditOf(this.path, this.#config, this.spoolPath);
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
      bounds: boundsOf(services, this.#maxSpoolBytes, this.options.maxSpoolBytes),
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
    return peakMiBOf(this.#parts ? [this.#parts.forwarder, ...this.processors] : []);
  }

  async stop(): Promise<void> {
    clearInterval(this.#watch);
    if (this.#parts) await stopParts(this.#parts, this.processors);
    for (const cleanup of this.#cleanups.splice(0).reverse()) await cleanup();
    this.#folder.remove();
  }

  async #isSettled(): Promise<boolean> {
    const { detector, store } = this.parts;
    if (detector.kept > 0) return false;
    const certain = detector.emitted.length - this.doubtful.size;
    if (this.options.sharesLedger) return (await store.objects()).length >= certain;
    return isSettled(await this.ledger(), certain);
  }

  async #doubtBare(): Promise<void> {
    await bareSession(this.parts.forwarder);
    const objects = await this.parts.store.objects();
    for (const sha256 of bareMissing(this.parts.detector.emitted, objects)) this.doubtful.add(sha256);
  }

  #measure(): void {
    this.#maxSpoolBytes = Math.max(this.#maxSpoolBytes, folderBytes(this.spoolPath));
  }

  async #service(name: string, env: Readonly<Record<string, string>> = {}): Promise<SupervisedService> {
    return new SupervisedService({
      name,
      args: ['--config', this.#config],
      cwd: this.path,
      httpPort: await freePort(),
      env: { ...this.options.env, ...env },
    });
  }
}
