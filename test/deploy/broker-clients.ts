import { readFileSync } from 'node:fs';
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import type { Tls } from './broker-certificates.ts';

export type Reason = number | 'accepted';

/** Somebody's MQTT 5 client that notes what it gets. It does not reconnect. */
export class BrokerClient {
  readonly client: MqttClient;
  readonly topics = new Set<string>();

  private constructor(client: MqttClient) {
    this.client = client;
    client.on('message', (topic) => this.topics.add(topic));
    client.on('error', () => undefined);
  }

  /** @throws Error when it is not let in */
  static async connect(url: string, options: IClientOptions = {}): Promise<BrokerClient> {
    const base: IClientOptions = { protocolVersion: 5, reconnectPeriod: 0, manualConnect: true, connectTimeout: 5_000 };
    const client = mqtt.connect(url, { ...base, ...options });
    await new Promise<void>((resolve, reject) => {
      client.once('connect', () => resolve());
      client.once('error', reject);
      client.once('close', () => reject(new Error('the connection was closed')));
      client.connect();
    });
    return new BrokerClient(client);
  }

  /** Publishes with QoS 1. @returns `accepted`, or the broker's reason code: 135 is «not authorized» */
  async publish(topic: string, payload: string | Buffer = 'x', retain = false): Promise<Reason> {
    try {
      await this.client.publishAsync(topic, payload, { qos: 1, retain });
      return 'accepted';
    } catch (error) {
      return (error as { code: number }).code;
    }
  }

  async subscribe(...filters: string[]): Promise<void> {
    for (const filter of filters) await this.client.subscribeAsync(filter, { qos: 1 }).catch(() => undefined);
  }

  async end(): Promise<void> {
    await this.client.endAsync(true);
  }
}

/** mqtt.js' options for a certificate. */
export function withCertificate({ ca, cert, key }: Tls): { ca: Buffer; cert: Buffer; key: Buffer } {
  return { ca: readFileSync(ca), cert: readFileSync(cert), key: readFileSync(key) };
}
