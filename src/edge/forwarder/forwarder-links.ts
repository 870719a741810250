import { captureFilter, deviceTopic } from '../../contract/topics.ts';
import { BrokerWatch } from '../../platform/mqtt/broker-watch.ts';
import { type ClientIdentity, receivingSession } from '../../platform/mqtt/client-options.ts';
import type { Message } from '../../platform/mqtt/connection.ts';
import { MqttLink } from '../../platform/mqtt/link.ts';
import { LinkFaults } from '../../platform/mqtt/link-faults.ts';
import type { ServiceContext } from '../../platform/service.ts';

const SERVICE = 'forwarder';
/** How long the edge broker keeps bare images for us while we are away. */
const BARE_SESSION_SECONDS = 7 * 86_400;

export interface ForwarderLinksOptions extends ServiceContext {
  readonly device: string;
  readonly will: NonNullable<ClientIdentity['will']>;
  /** Where auditors ask, on the cloud broker. */
  readonly questionFilter: string;
  /** Where face-detectors tell of themselves, on the edge broker. */
  readonly detectorFilters: readonly string[];
  /** Captures, and what face-detectors tell. */
  readonly onEdge: (message: Message) => Promise<void>;
  /** Resolve once it is on disk: its acknowledgement is its receipt. */
  readonly onBare: (message: Message) => Promise<void>;
  readonly onCloud: (message: Message) => Promise<void>;
  readonly onCloudUp: () => void;
  readonly onCloudDown: () => void;
}

export interface ForwarderLinks {
  readonly edge: MqttLink;
  readonly bare: MqttLink;
  readonly cloud: MqttLink;
}

/** A forwarder's three connections; not started. Who loses the edge broker to another forwarder of this name leaves the others too. */
export function forwarderLinks(options: ForwarderLinksOptions): ForwarderLinks {
  const { config, log, metrics, device, will, questionFilter } = options;
  const prefix = config.topicPrefix;
  const clientId = `sightline-${device}-forwarder`;
  const common = { service: SERVICE, log, metrics };
  // Two connections to one broker: what is wrong with it is told once.
  const atEdge = { ...common, config: config.edge, faults: new LinkFaults() };
  const exclusive = { topic: deviceTopic(prefix, device, 'owner') };
  const edge = new MqttLink({
    ...atEdge,
    name: 'edge',
    clientId: `${clientId}-edge`,
    ...receivingSession(config.edge),
    exclusive,
    subscriptions: [{ filter: captureFilter(prefix), qos: config.edge.qos }],
    onMessage: options.onEdge,
  });
  // Not among the subscriptions that captures need: an edge broker that keeps these from us keeps nothing else back.
  for (const filter of options.detectorFilters) void edge.subscribe({ filter, qos: 0 });
  // Nothing keeps a bare image before us, so it waits for the disk on a connection of its own.
  const bare = new MqttLink({
    ...atEdge,
    name: 'edge-bare',
    clientId: `${clientId}-bare`,
    follows: edge,
    clean: false,
    sessionExpirySeconds: BARE_SESSION_SECONDS,
    subscriptions: [{ filter: prefix, qos: 1 }],
    onMessage: options.onBare,
  });
  const cloud = new MqttLink({
    ...common,
    name: 'cloud',
    config: config.cloud,
    clientId: `${clientId}-cloud`,
    // What is half sent at QoS 2 would stay in a session that is kept.
    ...(config.cloud.qos === 2 ? { clean: true } : receivingSession(config.cloud)),
    exclusive,
    follows: edge,
    will,
    subscriptions: [
      { filter: deviceTopic(prefix, device, 'receipts'), qos: 1 },
      { filter: questionFilter, qos: 1 },
    ],
    onMessage: options.onCloud,
    onUp: options.onCloudUp,
    onDown: options.onCloudDown,
  });
  const watched = { edge, cloud };
  for (const [broker, link] of Object.entries(watched)) new BrokerWatch({ ...common, broker }).watch(link);
  return { edge, bare, cloud };
}
