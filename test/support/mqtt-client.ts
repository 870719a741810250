import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';

export type Qos = 0 | 1 | 2;

export interface TestClient {
  readonly client: MqttClient;
  readonly received: { topic: string; text: string; qos: Qos }[];
  /** The broker had a session of this client id. */
  readonly isSessionPresent: boolean;
  /** Resolves when the connection has ended. */
  readonly closed: Promise<void>;
}

/** Somebody else's plain MQTT 3.1.1 client, connected and subscribed; it does not reconnect. */
export async function connectClient(
  url: string,
  filters: Readonly<Record<string, { qos: Qos }>> = {},
  options: IClientOptions = {},
): Promise<TestClient> {
  const client = mqtt.connect(url, { protocolVersion: 4, reconnectPeriod: 0, manualConnect: true, ...options });
  const received: TestClient['received'] = [];
  client.on('message', (topic, payload, { qos }) => received.push({ topic, text: payload.toString(), qos }));
  const closed = new Promise<void>((resolve) => client.once('close', () => resolve()));
  const isSessionPresent = await new Promise<boolean>((resolve, reject) => {
    client.once('connect', ({ sessionPresent }) => resolve(sessionPresent));
    client.on('error', reject);
    client.connect();
  });
  if (Object.keys(filters).length > 0) await client.subscribeAsync({ ...filters });
  return { client, received, isSessionPresent, closed };
}
