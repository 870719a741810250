import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';

export type { IClientOptions, IClientPublishOptions, IConnackPacket, MqttClient } from 'mqtt';

/** What mqtt.js does by default and we do ourselves, or not at all. */
const QUIET: IClientOptions = {
  reconnectPeriod: 0,
  reconnectOnConnackError: false,
  queueQoSZero: false,
  resubscribe: false,
  manualConnect: true,
  // KeepaliveWatch does it; the broker is told the same keepalive.
  timerVariant: { set: () => 0, clear: () => undefined },
  // Its debug lines are made ready for each packet whether somebody reads them or not.
  log: () => undefined,
};

/** mqtt.js' private way of sending what needs an acknowledgement. */
interface Storing {
  _storeAndSend?(packet: { readonly messageId?: number }, done: unknown, stored: () => void): void;
  _writePacket?(packet: object, done: unknown): void;
}

/** An mqtt.js client of one connection that was not begun yet. */
export function quietClient(url: string, options: IClientOptions): MqttClient {
  const client = mqtt.connect(url, { ...options, ...QUIET });
  keepWithoutCopies(client);
  return client;
}

/**
 * mqtt.js keeps a deep copy of each packet until it is acknowledged, to send it again on a next connection, which this client never has:
 * at 40 KB the copies are half of all the work of sending. The packet itself is kept instead. Where mqtt.js no longer has these
 * methods it copies again, and a test says so.
 */
function keepWithoutCopies(client: MqttClient): void {
  const storing = client as unknown as Storing;
  if (!storing._storeAndSend || !storing._writePacket) return;
  storing._storeAndSend = (packet, done, stored) => {
    client.outgoingStore.put(packet as Parameters<typeof client.outgoingStore.put>[0], () => undefined);
    stored();
    storing._writePacket?.(packet, done);
  };
}
