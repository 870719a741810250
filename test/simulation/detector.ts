import type { Courier } from '../../src/platform/delivery/courier.ts';
import type { Broker } from './broker.ts';
import { carrier, type Load } from './carrier.ts';
import { ServiceLink } from './service-link.ts';
import { type Image, key, type Message, type World } from './world.ts';

export interface DetectorOptions {
  readonly name: string;
  /** Whether its outbox outlives it. */
  readonly isOnDisk: boolean;
  readonly maxCaptures: number;
}

interface Kept {
  readonly image: Image;
  isUnderWay: boolean;
  sends: number;
}

/** The first keeper: an outbox in memory or on disk. */
export class Detector {
  readonly options: DetectorOptions;
  readonly #world: World;
  readonly #broker: Broker;
  #kept = new Map<string, Kept>();
  #courier: Courier<Load> | undefined;
  #link: ServiceLink | undefined;

  constructor(world: World, broker: Broker, options: DetectorOptions) {
    this.#world = world;
    this.#broker = broker;
    this.options = options;
  }

  get captures(): number {
    return this.#kept.size;
  }

  start(): void {
    const { name } = this.options;
    const onMessage = (message: Message, acknowledge: () => void) => {
      acknowledge();
      this.#receive(message);
    };
    const link: ServiceLink = new ServiceLink(
      this.#broker,
      { name, topics: ['receipts'], isPersistent: false, onMessage },
      () => courier.wake(),
      () => courier.cut(),
    );
    const courier = carrier(this.#world, {
      link,
      next: async () => (this.#courier === courier ? this.#next() : undefined),
      onReturned: (ids) => {
        if (this.#courier !== courier) return;
        for (const id of ids) {
          const kept = this.#kept.get(id);
          if (kept) kept.isUnderWay = false;
        }
      },
    });
    this.#link = link;
    this.#courier = courier;
    courier.start();
    link.start();
  }

  /** Takes a new capture, while it runs; returns false when there is nobody to take it. */
  add(image: Image): boolean {
    if (!this.#courier || this.#kept.has(image.id)) return false;
    this.#kept.set(image.id, { image, isUnderWay: false, sends: 0 });
    if (this.options.isOnDisk) this.#world.promise(image);
    while (this.#kept.size > this.options.maxCaptures) this.#shed();
    this.#courier.wake();
    return true;
  }

  crash(): void {
    const courier = this.#courier;
    if (!courier) return;
    this.#courier = undefined;
    this.#link?.kill();
    void courier.stop();
    if (this.options.isOnDisk) for (const kept of this.#kept.values()) kept.isUnderWay = false;
    else this.#kept.clear();
    this.#world.time.after(this.#world.random.between(100, 10_000), () => this.start());
  }

  #next(): Load | undefined {
    for (const kept of this.#kept.values()) {
      if (kept.isUnderWay) continue;
      kept.isUnderWay = true;
      kept.sends += 1;
      const { image } = kept;
      return { id: image.id, bytes: image.bytes, isFirst: kept.sends === 1, image };
    }
    return undefined;
  }

  #receive(message: Message): void {
    if (message.topic !== 'receipts' || !this.#courier) return;
    if (message.isRetained && !this.#world.isBroken('retained receipts are believed')) return;
    for (const [id, sha256] of message.receipt.captures) {
      const kept = this.#kept.get(id);
      const isOurs = kept?.image.sha256 === sha256 || this.#world.isBroken('receipts are believed by id alone');
      if (!kept || !isOurs) continue;
      this.#kept.delete(id);
      this.#courier.receipted(id);
    }
  }

  /** The lowest quality, then the oldest. */
  #shed(): void {
    const [least] = [...this.#kept.values()].sort((one, other) => one.image.quality - other.image.quality);
    if (!least) return;
    this.#kept.delete(least.image.id);
    this.#world.shed.add(key(least.image));
    this.#courier?.withdraw(least.image.id);
  }
}
