import { randomBytes } from 'node:crypto';
import { LATENCY_BUCKETS_SECONDS } from '../../platform/metrics.ts';
import { MqttLink } from '../../platform/mqtt/link.ts';
import type { Service, ServiceContext } from '../../platform/service.ts';
import { errorMessage } from '../../platform/sightline-error.ts';
import { LineFile } from './line-file.ts';
import { describeMessage, type MessageKind } from './message-entry.ts';

const NAME = 'message-logger';
/** About ten thousand lines. */
const MAX_PENDING_BYTES = 4 * 2 ** 20;

const EVENTS: Readonly<Record<MessageKind, string>> = {
  capture: 'capture seen',
  bare: 'bare image seen',
  receipts: 'receipt seen',
  status: 'status seen',
  stats: 'stats seen',
  ledger: 'ledger seen',
  owner: 'question for the owner seen',
  refused: 'odd message seen',
};

/** Writes one structured line for each message on the topic tree of the edge broker. */
export function createMessageLogger(context: ServiceContext): Service {
  const { config, log, metrics } = context;
  const messages = metrics.counter('message_logger_messages_total', 'Messages seen on the topic tree.', ['kind']);
  const bytes = metrics.counter('message_logger_bytes_total', 'Bytes of payload seen on the topic tree.', ['kind']);
  const delay = metrics.histogram(
    'message_logger_delay_seconds',
    'From the instant a picture was taken to its line in the log.',
    LATENCY_BUCKETS_SECONDS,
  );
  const file = createLineFile(context);
  const link = new MqttLink({
    name: 'edge',
    service: NAME,
    config: config.edge,
    log,
    metrics,
    clientId: `sightline-${NAME}-${randomBytes(6).toString('hex')}`,
    clean: true,
    subscriptions: [{ filter: `${config.topicPrefix}/#`, qos: config.edge.qos }],
    onMessage: async (message) => {
      const now = new Date();
      const entry = describeMessage(config.topicPrefix, message, now);
      messages.inc({ kind: entry.kind });
      bytes.inc({ kind: entry.kind }, entry.bytes);
      if (entry.delaySeconds !== undefined) delay.observe(Math.max(0, entry.delaySeconds));
      log.info(entry, EVENTS[entry.kind]);
      file?.append(JSON.stringify({ time: now.toISOString(), ...entry }));
    },
  });
  return {
    name: NAME,
    async start() {
      link.start();
    },
    async stop() {
      await link.stop();
      await file?.stop();
    },
    readiness: () => [
      link.readiness(),
      ...(file ? [{ name: 'file', ok: !file.isFaulty, detail: config.messageLogger.path ?? '' }] : []),
    ],
  };
}

function createLineFile({ config, log, metrics }: ServiceContext): LineFile | undefined {
  const { path, maxBytes, maxFiles } = config.messageLogger;
  if (path === undefined) return undefined;
  const lost = metrics.counter('message_logger_lost_lines_total', 'Lines that could not be written to the file.');
  return new LineFile({
    path,
    maxBytes,
    maxFiles,
    maxPendingBytes: MAX_PENDING_BYTES,
    onFault: (error) => log.error({ path, reason: errorMessage(error) }, 'file of messages not written'),
    onRecovered: () => log.info({ path }, 'file of messages written again'),
    onLost: (lines) => lost.inc(lines),
  });
}
