import { configSchema, type LinkConfig } from '../../src/platform/config/schema.ts';
import { createLog } from '../../src/platform/log.ts';
import { Metrics } from '../../src/platform/metrics.ts';
import { type LinkOptions, MqttLink } from '../../src/platform/mqtt/link.ts';

let counter = 0;

/** A link to a broker as a service would make it; not started. */
export function createEdge(
  broker: string,
  { config = {}, ...options }: Partial<Omit<LinkOptions, 'config'>> & { config?: Partial<LinkConfig> } = {},
): MqttLink {
  counter += 1;
  return new MqttLink({
    name: 'edge',
    service: 'test',
    clientId: `test-${process.pid}-${counter}`,
    clean: true,
    log: createLog({ level: 'silent', format: 'json' }),
    metrics: new Metrics(),
    ...options,
    config: { ...configSchema.parse({ edge: { broker } }).edge, ...config },
  });
}
