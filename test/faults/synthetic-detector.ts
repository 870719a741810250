import mqtt, { type MqttClient } from 'mqtt';
import { decodeReceipt } from '../../src/contract/receipts.ts';
import type { Random } from '../support/random.ts';
import { CaptureImages, type Emitted } from './capture-images.ts';

const RESEND_MS = 2_500;
const WINDOW = 32;

export interface SyntheticDetectorOptions {
  /** The edge broker. */
  readonly url: string;
  readonly devices: readonly string[];
  readonly random: Random;
  /** Of what is published, the share that are bare images. */
  readonly bareRatio?: number;
}

/** Cameras that cost nothing: publishes captures and keeps each until a receipt names it and its hash, as a detector's outbox does. */
export class SyntheticDetector {
  readonly #options: SyntheticDetectorOptions;
  readonly images: CaptureImages;
  /** Everything that was made, published or not yet. */
  readonly emitted: Emitted[] = [];
  /** Captures that nobody has taken over, by id; bare images that the broker has not acknowledged, by hash. */
  readonly #kept = new Map<string, { readonly capture: Emitted; sentAtMs: number }>();
  readonly #receipts = new Map<string, string>();
  readonly #random: Random;
  #client: MqttClient | undefined;
  #timer: NodeJS.Timeout | undefined;
  #ending = false;
  #acknowledged = 0;
  #sends = 0;
  /** Called when the broker has acknowledged the n-th publish: it promises nothing. */
  onAcknowledged: (count: number) => void = () => undefined;

  constructor(options: SyntheticDetectorOptions) {
    this.#options = options;
    this.#random = options.random;
    this.images = new CaptureImages(options.random);
  }

  start(): void {
    this.#connect();
    this.#timer = setInterval(() => this.#send(), 50);
  }

  async stop(): Promise<void> {
    this.#ending = true;
    clearInterval(this.#timer);
    await this.#client?.endAsync(true);
  }

  /** Makes captures, evenly over a time. */
  async emit(count: number, overMs = 0): Promise<void> {
    const { devices, bareRatio = 0 } = this.#options;
    const beganMs = performance.now();
    for (let made = 0; made < count; made += 1) {
      const device = devices[this.#random.below(devices.length)] ?? 'gate';
      const isBare = this.#random.chance(bareRatio);
      this.take(isBare ? await this.images.bare(device) : await this.images.capture(device));
      const waitMs = beganMs + (overMs * (made + 1)) / count - performance.now();
      if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
  }

  /** Publishes this until it is taken over. */
  take(capture: Emitted): void {
    this.emitted.push(capture);
    this.#kept.set(capture.id ?? capture.sha256, { capture, sentAtMs: Number.NEGATIVE_INFINITY });
    this.#send();
  }

  /** What nobody has taken over. */
  get kept(): number {
    return this.#kept.size;
  }

  get sends(): number {
    return this.#sends;
  }

  get isConnected(): boolean {
    return this.#client?.connected ?? false;
  }

  /** The last receipt of an id: `held`, `stored` or `refused <reason>`. */
  receiptOf(id: string): string | undefined {
    return this.#receipts.get(id);
  }

  /** A fresh client for each connection, or the library would send by itself what it still remembers. */
  #connect(): void {
    if (this.#ending) return;
    const client = mqtt.connect(this.#options.url, { reconnectPeriod: 0, connectTimeout: 5_000, keepalive: 5 });
    this.#client = client;
    client.on('error', () => undefined);
    client.on('message', (_topic, payload, { retain }) => this.#receive(payload, retain));
    client.on('connect', () => {
      for (const kept of this.#kept.values()) kept.sentAtMs = Number.NEGATIVE_INFINITY;
      for (const device of this.#options.devices)
        client.subscribe(`face_detection/${device}/receipts`, { qos: 1 }, () => this.#send());
    });
    client.once('close', () => {
      client.end(true);
      setTimeout(() => this.#connect(), 100);
    });
  }

  #send(): void {
    const client = this.#client;
    if (!client?.connected || client.disconnecting) return;
    const nowMs = performance.now();
    for (const kept of [...this.#kept.values()].slice(0, WINDOW)) {
      if (nowMs - kept.sentAtMs < RESEND_MS) continue;
      kept.sentAtMs = nowMs;
      this.#sends += 1;
      const { id, topic, bytes, sha256 } = kept.capture;
      client.publish(topic, bytes, { qos: 1 }, (error) => {
        if (error) return;
        // Whoever publishes bare images knows no receipts: the broker's word is all there is.
        if (id === undefined) this.#kept.delete(sha256);
        this.#acknowledged += 1;
        this.onAcknowledged(this.#acknowledged);
      });
    }
  }

  #receive(payload: Buffer, isRetained: boolean): void {
    const receipt = isRetained ? undefined : decodeReceipt(payload);
    for (const [id, sha256] of receipt?.captures ?? []) {
      this.#receipts.set(id, [receipt?.state, receipt?.reason].filter(Boolean).join(' '));
      if (this.#kept.get(id)?.capture.sha256 === sha256) this.#kept.delete(id);
    }
    if (receipt) this.#send();
  }
}
