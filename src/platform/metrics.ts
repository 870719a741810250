import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** A metric whose labels are given at each use. */
type Labels = Readonly<Record<string, string>>;

/**
 * Prometheus metrics of one process. Names get the prefix `sightline_`; asking for a name again gives the metric that is there, so
 * that several services in one process share it. Names end in their base unit (`_seconds`, `_bytes`) or `_total`.
 */
export class Metrics {
  readonly #registry = new Registry();

  constructor() {
    collectDefaultMetrics({ register: this.#registry, prefix: 'sightline_' });
  }

  counter(name: string, help: string, labelNames: readonly string[] = []): Counter {
    return this.#existing<Counter>(name) ?? new Counter({ ...this.#describe(name, help), labelNames });
  }

  gauge(name: string, help: string, labelNames: readonly string[] = []): Gauge {
    return this.#existing<Gauge>(name) ?? new Gauge({ ...this.#describe(name, help), labelNames });
  }

  /** A gauge that is asked for its value whenever it is read. Asked again with the same labels, the later reader takes over. */
  observed(name: string, help: string, labels: Labels, read: () => number): void {
    const gauge = this.gauge(name, help, Object.keys(labels));
    this.#readers.set(`${name} ${JSON.stringify(labels)}`, () => gauge.set(labels, read()));
  }

  histogram(name: string, help: string, buckets: number[], labelNames: readonly string[] = []): Histogram {
    return this.#existing<Histogram>(name) ?? new Histogram({ ...this.#describe(name, help), buckets, labelNames });
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** All metrics in Prometheus' text format. */
  async expose(): Promise<string> {
    for (const read of this.#readers.values()) read();
    return this.#registry.metrics();
  }

  readonly #readers = new Map<string, () => void>();

  #describe(name: string, help: string) {
    return { name: `sightline_${name}`, help, registers: [this.#registry] };
  }

  #existing<Kind>(name: string): Kind | undefined {
    return this.#registry.getSingleMetric(`sightline_${name}`) as Kind | undefined;
  }
}

/** Buckets in seconds for how long something took on its way, from a millisecond to a day of outage. */
export const LATENCY_BUCKETS_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 600, 3600, 86400];
