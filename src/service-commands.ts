import type { Command } from './cli/command.ts';
import { warnOfPasswords } from './cli/command-line-passwords.ts';
import { configFlagsHelp, parseConfigFlags } from './cli/config-flags.ts';
import { PACE_FLAGS, PACE_FLAGS_HELP, readRunFlags } from './cli/run-flags.ts';
import { loadConfig } from './platform/config.ts';
import { DEFAULT_PORTS, type ServiceName } from './platform/default-ports.ts';
import { EXIT_CODES } from './platform/exit-codes.ts';
import { createLog } from './platform/log.ts';
import { Metrics } from './platform/metrics.ts';
import type { Service, ServiceContext } from './platform/service.ts';
import { runServices } from './run-services.ts';

/** Makes a service; `until` says when it is done by itself. A service's code is loaded only where it runs: an image may lack the others' packages. */
type Create = (
  context: ServiceContext,
  flags: Readonly<Record<string, string | boolean | undefined>>,
) => Promise<{
  service: Service;
  until?: () => Promise<void>;
}>;

export const serviceCommands: readonly Command[] = [
  serviceCommand(
    'face-detector',
    'finds faces in cameras and publishes the best shot of each visit',
    async (context, flags) => {
      const { createFaceDetector } = await import('./edge/face-detector/service.ts');
      const run = readRunFlags(flags);
      const service = createFaceDetector(context, run);
      return { service, ...(run.once ? { until: () => service.finished() } : {}) };
    },
  ),
  serviceCommand('message-logger', 'writes one line for each message on the edge broker', async (context) => {
    const { createMessageLogger } = await import('./edge/message-logger/service.ts');
    return { service: createMessageLogger(context) };
  }),
  serviceCommand(
    'forwarder',
    'keeps captures on disk and carries each to the cloud until the store has it',
    async (context) => {
      const { createForwarder } = await import('./edge/forwarder/service.ts');
      return { service: createForwarder(context) };
    },
  ),
  serviceCommand('image-processor', 'checks captures and writes each to the store, once', async (context) => {
    const { createImageProcessor } = await import('./cloud/image-processor/service.ts');
    return { service: createImageProcessor(context) };
  }),
  serviceCommand('broker', 'an embedded MQTT 3.1.1 broker, for trying out', async (context) => {
    const { createBroker } = await import('./broker/service.ts');
    return { service: createBroker(context) };
  }),
];

function serviceCommand(name: ServiceName, summary: string, create: Create): Command {
  const isDetector = name === 'face-detector';
  return {
    name,
    summary,
    help: `Usage: sightline ${name} [flags]\n\nRuns the ${name}: ${summary}.\n${isDetector ? `\n${PACE_FLAGS_HELP}\n` : ''}${configFlagsHelp(name)}\n`,
    async run(args, { signal }) {
      const { configFile, layer, own } = parseConfigFlags(name, args, isDetector ? PACE_FLAGS : {});
      const { config } = loadConfig({ file: configFile, flags: layer });
      const log = createLog(config.log).child({ service: name });
      warnOfPasswords(layer, log);
      const metrics = new Metrics();
      const { service, until } = await create({ config, log, metrics }, own);
      const http = { host: config.http.host, port: config.http.port ?? DEFAULT_PORTS[name] };
      await runServices({ services: [service], http, metrics, log, signal, ...(until ? { until } : {}) });
      return EXIT_CODES.ok;
    },
  };
}
