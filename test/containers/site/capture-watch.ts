import { setTimeout as sleep } from 'node:timers/promises';
import mqtt, { type MqttClient } from 'mqtt';
import { sha256Hex } from '../../../src/contract/sha256.ts';
import { captureAddress, captureFilter } from '../../../src/contract/topics.ts';

export interface EdgeBrokerLogin {
  readonly url: string;
  readonly username: string;
  readonly password: string;
}

/** Somebody at the edge broker who notes every capture that goes by: id → SHA-256. The books of services are not asked. */
export class CaptureWatch {
  readonly seen = new Map<string, string>();
  readonly #login: () => Promise<EdgeBrokerLogin>;
  readonly #prefix: string;
  #client: MqttClient | undefined;
  #isOver = false;
  #watching: Promise<void> = Promise.resolve();

  /** @param login asked anew at each connection: the broker may come back at another address */
  constructor(login: () => Promise<EdgeBrokerLogin>, prefix = 'face_detection') {
    this.#login = login;
    this.#prefix = prefix;
  }

  async start(): Promise<void> {
    await this.#connect();
    this.#watching = this.#comeBack();
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#client?.endAsync(true);
    await this.#watching;
  }

  async #connect(): Promise<void> {
    const { url, username, password } = await this.#login();
    const client = await mqtt.connectAsync(url, { username, password, reconnectPeriod: 0, connectTimeout: 5_000 });
    client.on('message', (topic, payload) => {
      const address = captureAddress(this.#prefix, topic);
      if (address) this.seen.set(address.id, sha256Hex(payload));
    });
    await client.subscribeAsync(captureFilter(this.#prefix), { qos: 1 });
    this.#client = client;
  }

  async #comeBack(): Promise<void> {
    while (!this.#isOver) {
      await sleep(100);
      if (this.#client?.connected) continue;
      await this.#connect().catch(() => undefined);
    }
  }
}
