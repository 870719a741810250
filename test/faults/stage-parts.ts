import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { FaultProxy } from '../support/fault-proxy.ts';
import type { Mosquitto } from '../support/mosquitto.ts';
import type { Random } from '../support/random.ts';
import type { StageStore, StoreKind } from './object-eyes.ts';
import type { SupervisedService } from './supervised-service.ts';
import type { SyntheticDetector } from './synthetic-detector.ts';

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

/** The one sightline.yaml of all services of a stage; its path. */
export function writeSiteConfig(
  folder: string,
  { edgePort, cloudPort, spoolPath, store }: { edgePort: number; cloudPort: number; spoolPath: string; store: object },
  over: Readonly<Record<string, object>> = {},
): string {
  const own: Record<string, object> = {
    // As short as it may be: what is dead shall be noticed within a test's patience.
    edge: { broker: `mqtt://127.0.0.1:${edgePort}`, keepaliveSeconds: 5 },
    cloud: { broker: `mqtt://127.0.0.1:${cloudPort}`, keepaliveSeconds: 5 },
    spool: { path: spoolPath, minFreeBytes: 1 },
    store,
  };
  for (const [section, keys] of Object.entries(over)) own[section] = { ...own[section], ...keys };
  const path = join(folder, 'site.yaml');
  writeFileSync(path, stringify({ version: 1, device: 'gate', ...own }));
  return path;
}

/** Ends all, the services first and at once. */
export async function stopParts(parts: Parts, processors: readonly SupervisedService[]): Promise<void> {
  const { detector, forwarder, edge, cloud, store, edgeLink, cloudLink, processorLink, storeLink } = parts;
  await detector.stop();
  await Promise.all([forwarder, ...processors].map((service) => service.stop('SIGKILL')));
  await Promise.all([edgeLink, cloudLink, processorLink, storeLink].map((link) => link?.stop()));
  await Promise.all([edge.stop(), cloud.stop(), store.stop()]);
}
