import type { LinkConfig } from '../config/schema.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { Readiness } from '../service.ts';
import { errorMessage, UsageError } from '../sightline-error.ts';
import { CertificateWatch } from './certificate-watch.ts';
import type { Connection } from './connection.ts';
import type { ConnectionEnd } from './connection-end.ts';
import { ConnectError } from './link-errors.ts';
import type { LinkFaults } from './link-faults.ts';

export interface LinkReportOptions {
  readonly name: string;
  readonly service: string;
  readonly clientId: string;
  readonly config: LinkConfig;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** What a link tells of itself: in logs, metrics and readiness. */
export class LinkReport {
  readonly #options: LinkReportOptions;
  readonly #faults: LinkFaults;
  readonly #link: object;
  readonly #certificates: CertificateWatch;
  readonly #labels: { readonly service: string; readonly broker: string };

  constructor(options: LinkReportOptions, faults: LinkFaults, link: object) {
    this.#options = options;
    this.#faults = faults;
    this.#link = link;
    this.#certificates = new CertificateWatch({ ...options, faults });
    this.#labels = { service: options.service, broker: options.name };
  }

  start(isUp: () => boolean): void {
    this.#options.metrics.observed(
      'mqtt_connected',
      'Whether the link to the broker stands.',
      { ...this.#labels },
      () => Number(isUp()),
    );
    this.#certificates.start();
  }

  stop(): void {
    this.#certificates.stop();
    this.#faults.clear(this.#link);
  }

  readiness(isUp: boolean): Readiness {
    const { name, config } = this.#options;
    return {
      name: `${name}-broker`,
      ok: isUp,
      detail: isUp ? brokerAddress(config.broker) : (this.#faults.of(this.#link) ?? 'connecting'),
    };
  }

  connected({ version, brokerCertificateEndMs }: Connection): void {
    const { log, name, config } = this.#options;
    this.#faults.clear(this.#link);
    this.#certificates.connected(brokerCertificateEndMs);
    log.info(
      { broker: name, address: brokerAddress(config.broker), mqtt: version === 5 ? '5' : '3.1.1' },
      'broker connected',
    );
  }

  lost({ reason, detail }: ConnectionEnd): void {
    const { log, name, metrics } = this.#options;
    metrics
      .counter('mqtt_disconnects_total', 'Links to a broker that were lost.', ['service', 'broker', 'reason'])
      .inc({ ...this.#labels, reason });
    log[this.#faults.note(this.#link, detail) ? 'warn' : 'debug'](
      { broker: name, reason: detail },
      'broker connection lost',
    );
  }

  notReached(error: unknown): void {
    const { config, log, name, metrics } = this.#options;
    this.#certificates.look();
    const reason =
      error instanceof ConnectError ? error.reason : error instanceof UsageError ? 'configuration' : 'subscription';
    metrics
      .counter('mqtt_connect_failures_total', 'Connections to a broker that did not come about.', [
        'service',
        'broker',
        'reason',
      ])
      .inc({ ...this.#labels, reason });
    const fault = errorMessage(error);
    // The same fault again is no news: the first is a warning, its repeats are for debugging.
    log[this.#faults.note(this.#link, fault) ? 'warn' : 'debug'](
      { broker: name, address: brokerAddress(config.broker), reason: fault },
      'broker not reached, trying again',
    );
  }

  /** Another client has our id, or so it seems. */
  ousted(isCertain: boolean): void {
    const { clientId, config, log, metrics, name, service } = this.#options;
    metrics
      .counter('mqtt_takeovers_total', 'Connections that another client with the same id took over.', [
        'service',
        'broker',
      ])
      .inc(this.#labels);
    this.#faults.note(
      this.#link,
      `another ${service} ${isCertain ? 'is' : 'seems to be'} connected as ${clientId}: this one waits until it is gone`,
    );
    log.error(
      { broker: name, address: brokerAddress(config.broker), clientId, isCertain },
      `Expected to be the only ${service} called ${clientId} at this broker, but another one took over: this one waits until it is gone. Stop one of them, or give each device a name of its own (device)`,
    );
  }
}

/** The broker's URL without a user and password. */
function brokerAddress(url: string): string {
  const { protocol, host } = new URL(url);
  return `${protocol}//${host}`;
}
