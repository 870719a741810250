import type { Metrics } from '../../src/platform/metrics.ts';

/** The values of a metric (without its prefix) by one of its labels, as Prometheus would read them. */
export async function countsOf(metrics: Metrics, name: string, label: string): Promise<Record<string, number>> {
  const lines = (await metrics.expose()).split('\n').filter((line) => line.startsWith(`sightline_${name}{`));
  return Object.fromEntries(
    lines.map((line) => [
      new RegExp(`${label}="([^"]*)"`).exec(line)?.[1] ?? '',
      Number(line.slice(line.lastIndexOf(' ') + 1)),
    ]),
  );
}
