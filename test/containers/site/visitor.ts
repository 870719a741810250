import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import mqtt, { type IClientOptions, type IPublishPacket, type MqttClient } from 'mqtt';

/** What a TLS client shows: PEM texts. */
export interface Papers {
  readonly ca: string;
  readonly cert?: string;
  readonly key?: string;
}

/** Reads a folder that names its files as a kubernetes.io/tls Secret does. */
export function papersIn(folder: string): Required<Papers> {
  const read = (name: string) => readFileSync(join(folder, name), 'utf8');
  return { ca: read('ca.crt'), cert: read('tls.crt'), key: read('tls.key') };
}

/** A connection of somebody else's client, MQTT 5; it notes what it hears. */
export class Visitor {
  readonly heard: { readonly topic: string; readonly payload: Buffer; readonly packet: IPublishPacket }[] = [];
  /** Resolves when the broker or the network has ended the connection. */
  readonly closed: Promise<void>;
  readonly #client: MqttClient;

  constructor(client: MqttClient) {
    this.#client = client;
    client.on('message', (topic, payload, packet) => this.heard.push({ topic, payload, packet }));
    client.on('error', () => undefined);
    this.closed = new Promise((resolve) => client.once('close', resolve));
  }

  get isConnected(): boolean {
    return this.#client.connected;
  }

  /** The broker's reason code for a publish: 0, or 16 where nobody listens: taken; 135: not authorized. */
  async publish(topic: string, payload: string | Buffer = 'x', retain = false): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#client.publish(topic, payload, { qos: 1, retain }, (error, packet) => {
        const code = (error as { code?: unknown } | null)?.code;
        if (typeof code === 'number') resolve(code);
        else if (error) reject(error);
        else resolve((packet as { reasonCode?: number } | undefined)?.reasonCode ?? 0);
      });
    });
  }

  /** The broker's reason code for a subscription: 0–2 granted, 128 and more refused. */
  async subscribe(filter: string): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#client.subscribe(filter, { qos: 1 }, (error, granted, packet) => {
        const code = packet?.granted?.[0] ?? granted?.[0]?.qos;
        if (typeof code === 'number') resolve(code);
        else reject(error ?? new Error(`Expected an answer for ${filter}, got none`));
      });
    });
  }

  async leave(): Promise<void> {
    await this.#client.endAsync(true);
  }
}

export type Visit = { readonly visitor: Visitor } | { readonly refused: string };

/** Knocks at a broker: let in, or why not. */
export async function visit(url: string, papers: Papers | undefined, options: IClientOptions = {}): Promise<Visit> {
  const client = mqtt.connect(url, {
    protocolVersion: 5,
    reconnectPeriod: 0,
    connectTimeout: 10_000,
    ...papers,
    ...options,
  });
  const visitor = new Visitor(client);
  return new Promise((resolve) => {
    let reason = 'closed without a word';
    client.once('connect', () => resolve({ visitor }));
    client.on('error', (error) => {
      reason = error.message || String((error as { code?: unknown }).code);
    });
    client.once('close', () => {
      client.end(true);
      resolve({ refused: reason });
    });
  });
}

/** As {@link visit}, where being let in is expected. */
export async function enter(url: string, papers: Papers | undefined, options?: IClientOptions): Promise<Visitor> {
  const outcome = await visit(url, papers, options);
  if ('visitor' in outcome) return outcome.visitor;
  throw new Error(`Expected ${url} to let us in, got: ${outcome.refused}`);
}

/** As {@link visit}, where being refused is expected; gives the reason. */
export async function knockInVain(url: string, papers: Papers | undefined, options?: IClientOptions): Promise<string> {
  const outcome = await visit(url, papers, options);
  if ('refused' in outcome) return outcome.refused;
  await outcome.visitor.leave();
  throw new Error(`Expected ${url} to refuse, but it let us in`);
}
