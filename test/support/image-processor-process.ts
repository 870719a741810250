import { createImageProcessor } from '../../src/cloud/image-processor/service.ts';
import { configSchema } from '../../src/platform/config/schema.ts';
import { createLog } from '../../src/platform/log.ts';
import { Metrics } from '../../src/platform/metrics.ts';

/** An image-processor in a process of its own, to be killed. Its configuration is the first argument, as JSON. */
const config = configSchema.parse(JSON.parse(process.argv[2] ?? '{}'));
const service = createImageProcessor({
  config,
  log: createLog({ level: 'silent', format: 'json' }),
  metrics: new Metrics(),
});
process.once('SIGTERM', () => void service.stop());
await service.start();
