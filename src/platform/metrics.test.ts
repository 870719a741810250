import { describe, expect, it } from 'vitest';
import { Metrics } from './metrics.ts';

describe('Metrics', () => {
  it('gives the metric that is there to who asks again, so that services share it', async () => {
    const metrics = new Metrics();
    metrics.counter('things_total', 'Things.', ['service']).inc({ service: 'a' });
    metrics.counter('things_total', 'Things.', ['service']).inc({ service: 'b' }, 2);
    metrics.histogram('wait_seconds', 'Waits.', [1, 2]).observe(1.5);
    metrics.histogram('wait_seconds', 'Waits.', [1, 2]).observe(0.5);
    const text = await metrics.expose();
    expect(text).toContain('sightline_things_total{service="a"} 1');
    expect(text).toContain('sightline_things_total{service="b"} 2');
    expect(text).toContain('sightline_wait_seconds_count 2');
    expect(text).toMatch(/# HELP sightline_things_total Things\./);
  });

  it('asks observed gauges whenever it is read, each with its own labels', async () => {
    const metrics = new Metrics();
    let value = 1;
    metrics.observed('depth', 'Depth.', { service: 'a' }, () => value);
    metrics.observed('depth', 'Depth.', { service: 'b' }, () => value * 10);
    expect(await metrics.expose()).toContain('sightline_depth{service="a"} 1\nsightline_depth{service="b"} 10');
    value = 2;
    expect(await metrics.expose()).toContain('sightline_depth{service="a"} 2\nsightline_depth{service="b"} 20');
  });

  it('keeps processes apart: two registries know nothing of each other', async () => {
    const [one, other] = [new Metrics(), new Metrics()];
    one.counter('only_here_total', 'x').inc();
    expect(await other.expose()).not.toContain('only_here');
    expect(await other.expose()).toContain('sightline_process_cpu_seconds_total');
  });
});
