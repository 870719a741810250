import type { LinkConfig } from '../config/schema.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { errorMessage } from '../sightline-error.ts';
import { checkCertificates, readCertificates } from './certificate-files.ts';
import type { LinkFaults } from './link-faults.ts';

const DAY_MS = 86_400_000;
const WARN_AHEAD_MS = 30 * DAY_MS;
const LOOK_EVERY_MS = 3_600_000;

type Kind = 'ca' | 'client' | 'broker';

/** What to do, as the end of a sentence on a certificate that ends. */
const REMEDIES: Readonly<Record<Kind, string>> = {
  client:
    'renew it (`sightline pki renew NAME`) and put the new files in place of the old ones: they are taken at the next connection, without a restart',
  broker:
    "renew the broker's own certificate (`sightline pki renew NAME`, NAME being the broker's first host) and let the broker read it again",
  ca: 'make a new CA, and let both ends trust both (one ca.crt after the other in one file, and for the broker one ca.crl after the other too) until all certificates are of the new one; then take the old one out',
};

export interface CertificateWatchOptions {
  /** What the broker is in the picture, and after a dash what the link is for where there are several: `edge`, `cloud-captures`. */
  readonly name: string;
  readonly service: string;
  readonly config: LinkConfig;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Shared by several links of a service to one broker, so that a certificate of all is told once. */
  readonly faults: LinkFaults;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/**
 * Tells in time when the certificates of a link end: its own, the CA's, and the one that the broker shows. A link that stands outlives
 * them; the next one would not come about.
 */
export class CertificateWatch {
  readonly #options: CertificateWatchOptions;
  /** As the picture has it: what all links of a service to it have in common. */
  readonly #broker: string;
  readonly #ends = new Map<Kind, number>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: CertificateWatchOptions) {
    this.#options = options;
    this.#broker = options.name.split('-', 1)[0] ?? options.name;
  }

  start(): void {
    this.look();
    this.#timer ??= setInterval(() => this.look(), LOOK_EVERY_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Reads the files anew: they may have been renewed, or spoiled. */
  look(): void {
    const { config, log } = this.#options;
    try {
      const { ca, client } = checkCertificates(config, readCertificates(config));
      this.#note('ca', ca);
      this.#note('client', client);
    } catch (error) {
      const reason = errorMessage(error);
      if (this.#isDue(reason))
        log.error(
          { broker: this.#broker, reason },
          'certificate files can not be used: the next connection to the broker will not come about',
        );
    }
    for (const [kind, endMs] of this.#ends) this.#warn(kind, endMs);
  }

  /** The broker has let us in, and showed this certificate; undefined without TLS. */
  connected(brokerEndMs: number | undefined): void {
    this.#note('broker', brokerEndMs);
    this.look();
  }

  #note(kind: Kind, endMs: number | undefined): void {
    if (endMs === undefined) return;
    this.#ends.set(kind, endMs);
    const { metrics, service } = this.#options;
    // One series for all links of a service to a broker, and the last of them that looked has the say.
    metrics.observed(
      'certificate_expiry_timestamp_seconds',
      'When a certificate of the links to a broker ends, in seconds since 1970.',
      { service, broker: this.#broker, certificate: kind },
      () => endMs / 1000,
    );
  }

  #warn(kind: Kind, endMs: number): void {
    const { config, log } = this.#options;
    const leftMs = endMs - this.#nowMs;
    if (leftMs > WARN_AHEAD_MS) return;
    const isOver = leftMs <= 0;
    const file = { ca: config.ca, client: config.cert, broker: '' }[kind];
    if (!this.#isDue(`${kind} ${file} ${endMs} ${isOver}`)) return;
    const facts = { broker: this.#broker, certificate: kind, expiresAt: new Date(endMs).toISOString() };
    if (isOver) log.error(facts, `certificate has expired: ${REMEDIES[kind]}`);
    else log.warn({ ...facts, daysLeft: Math.floor(leftMs / DAY_MS) }, `certificate expires soon: ${REMEDIES[kind]}`);
  }

  get #nowMs(): number {
    return (this.#options.now ?? Date.now)();
  }

  /** Has no link of this service to this broker told it for a day? */
  #isDue(warning: string): boolean {
    const { config, faults } = this.#options;
    return faults.isDue(`${new URL(config.broker).host} ${warning}`, this.#nowMs, DAY_MS);
  }
}
