import { decodeReceipt } from '../../../src/contract/receipts.ts';
import { sha256Hex } from '../../../src/contract/sha256.ts';
import { captureTopic, DEFAULT_PREFIX, deviceTopic } from '../../../src/contract/topics.ts';
import { configSchema } from '../../../src/platform/config/schema.ts';
import { Courier, type Parcel } from '../../../src/platform/delivery/courier.ts';
import { SendWindow } from '../../../src/platform/delivery/send-window.ts';
import type { Log } from '../../../src/platform/log.ts';
import type { Metrics } from '../../../src/platform/metrics.ts';
import type { Message } from '../../../src/platform/mqtt/connection.ts';
import { MqttLink } from '../../../src/platform/mqtt/link.ts';
import { type CaptureMould, writeCaptureId } from '../load/capture-mould.ts';
import { loadId } from '../load/load-id.ts';

const CAMERA = 'door';

export interface DeviceOptions {
  /** 0–4095. */
  readonly number: number;
  readonly captures: number;
  readonly mould: CaptureMould;
  readonly brokerUrl: string;
  readonly log: Log;
  readonly metrics: Metrics;
}

export function deviceName(number: number): string {
  return `device-${number}`;
}

/** A forwarder without its edge and its disk: the same courier, window and link, with captures that it makes when they are due. */
export class Device {
  sends = 0;
  reconnects = -1;
  /** Unix milliseconds at which receipts of captures came, in their order. */
  readonly receiptedAtMs: number[] = [];
  readonly #options: DeviceOptions;
  readonly #madeAtMs = Date.now();
  readonly #link: MqttLink;
  readonly #courier: Courier<Parcel>;
  readonly #pending: number[];
  readonly #late: number[] = [];
  readonly #hashes = new Map<string, string>();

  constructor(options: DeviceOptions) {
    this.#options = options;
    const { number, captures, brokerUrl, log, metrics } = options;
    this.#pending = Array.from({ length: captures }, (_, seq) => seq);
    const { cloud, send } = configSchema.parse({ cloud: { broker: brokerUrl } });
    this.#link = new MqttLink({
      ...{ name: 'cloud', service: 'forwarder', config: cloud, log, metrics, clean: true },
      clientId: `sightline-${deviceName(number)}-forwarder-cloud`,
      subscriptions: [{ filter: deviceTopic(DEFAULT_PREFIX, deviceName(number), 'receipts'), qos: 1 }],
      onMessage: async (message) => this.#receive(message),
      onUp: () => {
        this.reconnects += 1;
        this.#courier.wake();
      },
      onDown: () => this.#courier.cut(),
    });
    this.#courier = new Courier<Parcel>({
      window: new SendWindow({ maxCaptures: send.maxWindow, maxBytes: send.maxWindowBytes }),
      isOpen: () => this.#link.isUp,
      next: async () => this.#next(),
      send: (parcel) => this.#send(parcel),
      onReturned: (ids) => void this.#late.push(...ids.map(seqOf)),
      onSilence: () => this.#link.reconnect('the broker acknowledges, but no receipts come'),
    });
  }

  get isDone(): boolean {
    return this.receiptedAtMs.length === this.#options.captures;
  }

  start(): void {
    this.#courier.start();
    this.#link.start();
  }

  async stop(): Promise<void> {
    await this.#courier.stop();
    await this.#link.stop();
  }

  #next(): Parcel | undefined {
    for (;;) {
      const isFirst = this.#pending.length > 0;
      const seq = this.#pending.shift() ?? this.#late.shift();
      if (seq === undefined) return undefined;
      const id = this.#idOf(seq);
      const isSettled = this.#hashes.get(id) === 'settled';
      if (!isSettled) return { id, bytes: this.#options.mould.bytes.length, isFirst };
    }
  }

  async #send({ id }: Parcel): Promise<void> {
    const { mould, number } = this.#options;
    const capture = Buffer.from(mould.bytes);
    writeCaptureId(mould, capture, 0, id);
    this.#hashes.set(id, sha256Hex(capture));
    this.sends += 1;
    const address = { device: deviceName(number), camera: CAMERA, id };
    await this.#link.publish(captureTopic(DEFAULT_PREFIX, address), capture, { qos: 1 });
  }

  #receive({ payload, retain }: Message): void {
    const receipt = retain ? undefined : decodeReceipt(payload);
    if (receipt?.state !== 'stored') return;
    for (const [id, sha256] of receipt.captures) {
      if (this.#hashes.get(id) !== sha256) continue;
      this.#hashes.set(id, 'settled');
      this.receiptedAtMs.push(Date.now());
      this.#courier.receipted(id);
    }
  }

  #idOf(seq: number): string {
    return loadId(this.#madeAtMs, this.#options.number, seq);
  }
}

function seqOf(id: string): number {
  return Number.parseInt(id.slice(24), 16);
}
