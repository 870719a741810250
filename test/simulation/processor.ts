import type { Broker } from './broker.ts';
import { ServiceLink } from './service-link.ts';
import type { StoreModel } from './store-model.ts';
import type { Image, Message, Receipt, World } from './world.ts';

/** Captures that it works on at a time. */
const WINDOW = 8;

/** The last service: keeps nothing, puts into the store, and says so. */
export class Processor {
  readonly #world: World;
  readonly #cloud: Broker;
  readonly #store: StoreModel;
  readonly #name: string;
  #life = 0;
  #link: ServiceLink | undefined;
  #busy = 0;
  #held: { message: Message; acknowledge: () => void }[] = [];

  constructor(world: World, cloud: Broker, store: StoreModel, name: string) {
    this.#world = world;
    this.#cloud = cloud;
    this.#store = store;
    this.#name = name;
  }

  start(): void {
    const life = this.#life;
    const onMessage = (message: Message, acknowledge: () => void) => {
      this.#held.push({ message, acknowledge });
      this.#work(life);
    };
    this.#held = [];
    this.#busy = 0;
    this.#link = new ServiceLink(this.#cloud, {
      name: this.#name,
      topics: ['captures'],
      isPersistent: false,
      onMessage,
    });
    this.#link.start();
  }

  /** Acknowledges what it has begun with, long before it is done: only memory is bounded so. */
  #work(life: number): void {
    while (life === this.#life && this.#busy < WINDOW) {
      const next = this.#held.shift();
      if (!next) return;
      next.acknowledge();
      if (next.message.topic !== 'captures') continue;
      this.#busy += 1;
      void this.#process(next.message.image, life).finally(() => {
        if (life !== this.#life) return;
        this.#busy -= 1;
        this.#work(life);
      });
    }
  }

  crash(): void {
    if (!this.#link) return;
    this.#life += 1;
    this.#link.kill();
    this.#link = undefined;
    this.#world.time.after(this.#world.random.between(100, 20_000), () => this.start());
  }

  async #process(image: Image, life: number): Promise<void> {
    if (this.#world.isBroken('stored before the store has it')) this.#say('stored', image);
    if (!(await this.#step(life))) return;
    if (image.isBad) return this.#say('refused', image, 'not-an-image');
    let isSame: boolean;
    try {
      isSame = await this.#store.put(image);
    } catch {
      // The store's fault, not the capture's: whoever keeps it sends it again.
      return;
    }
    if (!(await this.#step(life))) return;
    if (isSame) this.#say('stored', image);
    else this.#say('refused', image, 'conflict');
  }

  async #step(life: number): Promise<boolean> {
    await this.#world.delay(1, 300);
    if (life === this.#life && this.#world.fails(0.01)) this.crash();
    return life === this.#life;
  }

  #say(state: Receipt['state'], { id, sha256 }: Image, reason = ''): void {
    const receipt: Receipt = { state, captures: [[id, sha256]], by: this.#name, reason };
    void this.#link?.publish({ topic: 'receipts', receipt, isRetained: false, bytes: 200 }).catch(() => undefined);
  }
}
