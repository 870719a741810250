import { type BrokerService, createBroker } from '../broker/service.ts';
import type { Command, CommandIo } from '../cli/command.ts';
import { warnOfPasswords } from '../cli/command-line-passwords.ts';
import { configFlagsHelp, parseConfigFlags } from '../cli/config-flags.ts';
import { PACE_FLAGS, PACE_FLAGS_HELP, type RunFlags, readRunFlags } from '../cli/run-flags.ts';
import { createImageProcessor } from '../cloud/image-processor/service.ts';
import { createFaceDetector, type FaceDetectorService } from '../edge/face-detector/service.ts';
import { createForwarder, type ForwarderService } from '../edge/forwarder/service.ts';
import { createMessageLogger } from '../edge/message-logger/service.ts';
import { loadConfig } from '../platform/config.ts';
import { DEFAULT_PORTS } from '../platform/default-ports.ts';
import { EXIT_CODES, type ExitCode } from '../platform/exit-codes.ts';
import { createLog } from '../platform/log.ts';
import { Metrics } from '../platform/metrics.ts';
import type { Service, ServiceContext } from '../platform/service.ts';
import { runServices } from '../run-services.ts';
import { type Balance, drawBalance, isBalanced } from './balance.ts';
import { Drain, drained } from './drain.ts';
import { embeddedSides, LOOPBACK, upConfig, withBrokers } from './up-config.ts';
import { goodbye, SOURCE_ENDED, storedLine, welcome } from './words.ts';

const HELP = `Usage: npm start -- [flags]      (the same: npx sightline up [flags])

Runs the whole pipeline in one process: camera, face-detector, two brokers, message-logger, forwarder, image-processor, store.
A broker that is configured is used in place of the embedded one.

${PACE_FLAGS_HELP}
${configFlagsHelp('up')}
`;

export const upCommand: Command = {
  name: 'up',
  summary: 'the whole pipeline in one process: one command shows it working',
  help: HELP,
  async run(args, io) {
    const { configFile, layer, own } = parseConfigFlags('up', args, PACE_FLAGS);
    const loaded = loadConfig({ file: configFile, flags: layer });
    const flags = readRunFlags(own);
    const config = upConfig(loaded);
    const context = { config, log: createLog(config.log), metrics: new Metrics() };
    warnOfPasswords(layer, context.log);
    // They take any free port, and only then does anybody know where they are.
    const brokers = new Map(embeddedSides(loaded).map((side) => [side, createEmbeddedBroker(context, side)]));
    try {
      for (const broker of brokers.values()) await broker.start();
      const ports = new Map([...brokers].map(([side, { port }]) => [side, port]));
      return await runPipeline({ ...context, config: withBrokers(config, ports) }, [...brokers.values()], flags, io);
    } finally {
      for (const broker of brokers.values()) await broker.stop();
    }
  },
};

interface Pipeline {
  readonly services: readonly Service[];
  readonly detector: FaceDetectorService;
  readonly forwarder: ForwarderService;
  readonly drain: Drain;
}

async function runPipeline(
  context: ServiceContext,
  brokers: readonly Service[],
  flags: RunFlags,
  io: CommandIo,
): Promise<ExitCode> {
  const { config, log, metrics } = context;
  const { services, detector, forwarder, drain } = createPipeline(context, flags, io);
  // Before a store or a spool is made in this folder for nothing.
  await detector.checkSources();
  const startedAtMs = performance.now();
  await runServices({
    running: brokers,
    services,
    http: { host: config.http.host, port: config.http.port ?? DEFAULT_PORTS.up, orAny: config.http.port === undefined },
    metrics,
    log,
    signal: io.signal,
    until: async (health) => {
      const healthUrl = `http://${config.http.host}:${health.port}`;
      const { cameras, modelName: model } = detector;
      io.stdout(welcome({ config, cameras, model, healthUrl, once: flags.once }));
      await detector.finished();
      if (!flags.once && !io.signal.aborted) {
        io.stdout(SOURCE_ENDED);
        await new Promise(() => undefined);
      }
      await drained(forwarder, io.signal);
    },
  });
  const seconds = (performance.now() - startedAtMs) / 1000;
  return conclude(drawBalance(detector.counts(), drain.before, forwarder.status().counts, seconds), flags, io);
}

function createEmbeddedBroker(context: ServiceContext, side: 'edge' | 'cloud'): BrokerService {
  const name = `${side}-broker`;
  return createBroker(inService(context, name), { host: LOOPBACK, port: 0, name });
}

function createPipeline(context: ServiceContext, flags: RunFlags, io: CommandIo): Pipeline {
  const processor = createImageProcessor(inService(context, 'image-processor'), {
    onStored: ({ key, bytes, secondsSinceCapture }) => io.stdout(storedLine(key, bytes, secondsSinceCapture)),
  });
  const forwarder = createForwarder(inService(context, 'forwarder'));
  const drain = new Drain(forwarder);
  const logger = createMessageLogger(inService(context, 'message-logger'));
  const detector = createFaceDetector(inService(context, 'face-detector'), flags);
  return { services: [processor, forwarder, drain, logger, detector], detector, forwarder, drain };
}

function inService(context: ServiceContext, service: string): ServiceContext {
  return { ...context, log: context.log.child({ service }) };
}

function conclude(balance: Balance, { once }: RunFlags, io: CommandIo): ExitCode {
  io.stdout(once ? `${JSON.stringify(balance)}\n` : goodbye(balance));
  return !once || isBalanced(balance) ? EXIT_CODES.ok : EXIT_CODES.unbalanced;
}
