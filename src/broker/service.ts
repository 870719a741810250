import { EXIT_CODES } from '../platform/exit-codes.ts';
import type { Service, ServiceContext } from '../platform/service.ts';
import { errorMessage, SightlineError, systemErrorCode } from '../platform/sightline-error.ts';
import { EmbeddedBroker } from './embedded-broker.ts';

export interface BrokerOverrides {
  readonly host?: string;
  /** 0 takes any free port. */
  readonly port?: number;
  /** What it is called in logs, metrics and readiness, where there are several. */
  readonly name?: string;
}

export interface BrokerService extends Service {
  /** The port that it listens on, once started. */
  readonly port: number;
}

/** An image of the largest size that the contract allows, with room for topic and header. */
const MAX_PACKET_BYTES = 33 * 2 ** 20;
/** What a group holds for members that are away. Memory only: this broker is for trying out. */
const MAX_WAITING = 1000;
const MAX_WAITING_BYTES = 64 * 2 ** 20;

/** The embedded MQTT 3.1.1 broker as a service. start() throws SightlineError when its port can't be opened. */
export function createBroker({ config, log, metrics }: ServiceContext, overrides: BrokerOverrides = {}): BrokerService {
  const { host = config.broker.host, port = config.broker.port, name = 'broker' } = overrides;
  const labels = { service: name };
  const messages = metrics.counter('broker_messages_total', 'Messages that clients published.', ['service']);
  const bytes = metrics.counter('broker_message_bytes_total', 'Bytes in messages that clients published.', ['service']);
  const dropped = metrics.counter('broker_dropped_total', 'Messages for a share group that nobody could take.', [
    'service',
    'reason',
  ]);
  const broker = new EmbeddedBroker({
    host,
    port,
    maxPacketBytes: MAX_PACKET_BYTES,
    maxWaiting: MAX_WAITING,
    maxWaitingBytes: MAX_WAITING_BYTES,
    onMessage: (size) => {
      messages.inc(labels);
      bytes.inc(labels, size);
    },
    onDrop: (reason, group) => {
      dropped.inc({ ...labels, reason });
      log.debug({ reason, group }, 'shared message dropped');
    },
    onClientError: (client, error) => log.debug({ client, reason: errorMessage(error) }, 'client lost'),
  });
  metrics.observed('broker_clients', 'Clients that are connected.', labels, () => broker.clients);
  return {
    name,
    get port() {
      return broker.port;
    },
    async start() {
      await broker.start().catch((cause: unknown) => {
        throw portError(host, port, cause);
      });
      log.info({ address: `mqtt://${host}:${broker.port}` }, 'broker opened');
    },
    async stop() {
      await broker.stop();
      log.info({}, 'broker closed');
    },
    readiness: () => [
      { name: 'listening', ok: broker.isListening, detail: broker.isListening ? `${host}:${broker.port}` : 'closed' },
    ],
  };
}

function portError(host: string, port: number, cause: unknown): SightlineError {
  const why = systemErrorCode(cause) === 'EADDRINUSE' ? 'another program has it' : errorMessage(cause);
  return new SightlineError(`Expected port ${port} of ${host} to be free for the MQTT broker, but ${why}`, {
    hint: 'Stop the other broker or use it (edge.broker, cloud.broker), or choose another port with broker.port in sightline.yaml.',
    exitCode: EXIT_CODES.environment,
    cause,
  });
}
