import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { stringify } from 'yaml';
import { doctorCommand } from '../../src/cli/doctor/doctor.ts';
import { createImageProcessor } from '../../src/cloud/image-processor/service.ts';
import { createForwarder, type ForwarderService } from '../../src/edge/forwarder/service.ts';
import { HealthServer } from '../../src/platform/health-server.ts';
import { Metrics } from '../../src/platform/metrics.ts';
import type { Service, ServiceContext } from '../../src/platform/service.ts';
import { eventually } from './eventually.ts';
import { temporaryFolder } from './folder.ts';
import { freePort } from './free-port.ts';
import { type Mosquitto, type MosquittoOptions, startMosquitto } from './mosquitto.ts';
import { type CommandResult, runCommand } from './run-command.ts';
import { serviceContext } from './service.ts';

export interface DoctorSiteOptions {
  readonly edge: string;
  readonly cloud: string;
  /** Further keys of the configuration, for services and doctor alike. */
  readonly config?: Readonly<Record<string, unknown>>;
}

/** Services in this process with one configuration, their health at one port, and doctor to examine them. */
export class DoctorSite {
  readonly folder = temporaryFolder();
  readonly store = join(this.folder.path, 'faces');
  readonly #options: DoctorSiteOptions;
  readonly #services: Service[] = [];
  /** Of all services, as `up` has it. */
  readonly #metrics = new Metrics();
  #health: HealthServer | undefined;
  #port = 0;

  constructor(options: DoctorSiteOptions) {
    this.#options = options;
  }

  get config(): Record<string, unknown> {
    const { edge, cloud, config = {} } = this.#options;
    return {
      device: 'gate',
      edge: { broker: edge },
      cloud: { broker: cloud, keepaliveSeconds: 5 },
      spool: { path: join(this.folder.path, 'spool'), minFreeBytes: 1 },
      store: { url: this.store },
      http: { port: this.#port },
      ...config,
    };
  }

  get edgeUrl(): string {
    return this.#options.edge;
  }

  get cloudUrl(): string {
    return this.#options.cloud;
  }

  async startForwarder(more: Readonly<Record<string, unknown>> = {}): Promise<ForwarderService> {
    const forwarder = createForwarder(this.#context(more));
    await this.#start(forwarder);
    return forwarder;
  }

  async startProcessor(more: Readonly<Record<string, unknown>> = {}): Promise<Service> {
    const processor = createImageProcessor(this.#context(more));
    await this.#start(processor);
    return processor;
  }

  /** Serves the readiness of what was started. */
  async serveHealth(): Promise<void> {
    this.#port = await freePort();
    const options = { host: '127.0.0.1', port: this.#port, services: this.#services, metrics: this.#metrics };
    this.#health = new HealthServer(options);
    await this.#health.start();
  }

  /** Waits until all that was started is ready. */
  async ready(): Promise<void> {
    await eventually(
      () => this.#services.flatMap((service) => service.readiness()).filter(({ ok }) => !ok),
      (faults) => faults.length === 0,
      30_000,
    );
  }

  /** `sightline doctor`, in this process. */
  async doctor(...flags: string[]): Promise<CommandResult> {
    return runCommand(doctorCommand, '--config', this.configFile(), ...flags);
  }

  configFile(): string {
    const file = join(this.folder.path, 'site.yaml');
    writeFileSync(file, stringify({ version: 1, ...this.config }));
    return file;
  }

  async stop(): Promise<void> {
    for (const service of this.#services.toReversed()) await service.stop();
    await this.#health?.stop();
    this.folder.remove();
  }

  #context(more: Readonly<Record<string, unknown>>): ServiceContext {
    return { ...serviceContext({ ...this.config, ...more }), metrics: this.#metrics };
  }

  async #start(service: Service): Promise<void> {
    await service.start();
    this.#services.push(service);
  }
}

/** Brokers and sites for the tests of a file, ended after each; call it once, outside describe. */
export function doctorSites() {
  const cleanups: (() => unknown)[] = [];
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  });

  async function broker(options: MosquittoOptions = {}): Promise<Mosquitto> {
    const made = await startMosquitto(options);
    cleanups.push(() => made.stop());
    return made;
  }

  /** Between two brokers of its own, where no other is named. */
  async function site(
    urls: { edge?: string; cloud?: string } = {},
    config: Record<string, unknown> = {},
  ): Promise<DoctorSite> {
    const { edge = (await broker()).url, cloud = (await broker()).url } = urls;
    const made = new DoctorSite({ edge, cloud, config });
    cleanups.push(() => made.stop());
    await made.serveHealth();
    return made;
  }

  return { broker, site, atTheEnd: (cleanup: () => unknown) => void cleanups.push(cleanup) };
}

/** The state of each hop, from doctor's JSON. */
export function hopsOf({ stdout }: CommandResult): Record<string, string> {
  const { hops } = JSON.parse(stdout) as { hops: { name: string; state: string }[] };
  return Object.fromEntries(hops.map(({ name, state }) => [name, state]));
}
