import { type Config, configSchema } from '../../src/platform/config/schema.ts';
import { createLog } from '../../src/platform/log.ts';
import { Metrics } from '../../src/platform/metrics.ts';
import type { ServiceContext } from '../../src/platform/service.ts';

/** What a service is given, with a configuration of just these keys. */
export function serviceContext(config: object): ServiceContext & { readonly config: Config } {
  return {
    config: configSchema.parse(config),
    log: createLog({ level: 'silent', format: 'json' }),
    metrics: new Metrics(),
  };
}
