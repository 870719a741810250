import { Broker } from './broker.ts';
import { Detector } from './detector.ts';
import { Forwarder } from './forwarder.ts';
import { Processor } from './processor.ts';
import { ServiceLink } from './service-link.ts';
import { StoreModel } from './store-model.ts';
import type { Image, World } from './world.ts';

/** Begins the hash of what another plant put into the store. */
export const FOREIGN = 'other-';
const MAX_PACKET_BYTES = 200_000;

/** Everything from two detectors to the store, set up by chance. */
export class Plant {
  readonly edge: Broker;
  readonly cloud: Broker;
  readonly detectors: readonly Detector[];
  readonly forwarder: Forwarder;
  readonly processors: readonly Processor[];
  readonly store: StoreModel;
  /** Bare images that the edge broker has for the forwarder, and how often its disk was wiped before. */
  readonly bareGiven: { readonly image: Image; readonly wipes: number }[] = [];
  readonly images: Image[] = [];
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
    const { random } = world;
    const isLimited = random.chance(0.5);
    this.edge = new Broker(world, { maxQueue: 5 + random.below(200), maxPacketBytes: 1e9, isShared: false });
    this.cloud = new Broker(world, {
      maxQueue: 5 + random.below(200),
      maxPacketBytes: isLimited ? MAX_PACKET_BYTES : 1e9,
      isShared: true,
    });
    this.detectors = ['door', 'yard'].map(
      (name) =>
        new Detector(world, this.edge, { name, isOnDisk: random.chance(0.7), maxCaptures: 10 + random.below(200) }),
    );
    this.forwarder = new Forwarder(world, this.edge, this.cloud, {
      maxPending: 5 + random.below(200),
      beginsAnew: random.chance(0.5),
      isPersistent: random.chance(0.5),
    });
    this.store = new StoreModel(world);
    this.processors = ['one', 'two'].map((name) => new Processor(world, this.cloud, this.store, name));
  }

  start(): void {
    for (const service of [...this.processors, this.forwarder, ...this.detectors]) service.start();
    if (this.#world.random.chance(0.3)) this.#loop();
  }

  /** Something is captured: now and then no image, one that is too large, or one with an id that another has. */
  capture(): void {
    const { random } = this.#world;
    const number = this.images.length;
    const twin = this.images[random.below(Math.max(1, number))];
    const image: Image = {
      id: twin && random.chance(0.05) ? twin.id : `c${number}`,
      sha256: `sha-${number}`,
      bytes: random.chance(0.05) ? 2 * MAX_PACKET_BYTES : 1_000 + random.below(40_000),
      quality: random.next(),
      isBad: random.chance(0.05),
    };
    this.images.push(image);
    if (random.chance(0.1)) this.#lie(image);
    // Of another plant that made the same id.
    const isTaken = this.store.objects.has(image.id);
    if (random.chance(0.02) && !isTaken) this.store.objects.set(image.id, { ...image, sha256: `${FOREIGN}${number}` });
    const detector = this.detectors[random.below(this.detectors.length)] as Detector;
    // While it is down it sees nothing.
    detector.add(image);
    if (random.chance(0.1)) this.#giveBare(number);
  }

  /** Somebody else's bare image, perhaps the same as one before. */
  #giveBare(number: number): void {
    const { random } = this.#world;
    const same = this.bareGiven[random.below(Math.max(1, this.bareGiven.length))]?.image;
    const fresh = { id: '', sha256: `bare-sha-${number}`, bytes: 5_000, quality: 0.5, isBad: false };
    const image = same && random.chance(0.3) ? same : fresh;
    const { wipes } = this.edge;
    if (!this.edge.isUp) return;
    if (this.edge.route({ topic: 'bare', image, isRetained: false, bytes: image.bytes }))
      this.bareGiven.push({ image, wipes });
  }

  /** Somebody had a receipt retained, long ago or on purpose. */
  #lie({ id, sha256 }: Image): void {
    const receipt = { captures: [[id, sha256]], by: 'somebody' } as const;
    this.edge.retain({ topic: 'receipts', receipt: { ...receipt, state: 'held' }, isRetained: true, bytes: 200 });
    this.cloud.retain({ topic: 'receipts', receipt: { ...receipt, state: 'stored' }, isRetained: true, bytes: 200 });
  }

  /** A bridge carries the edge broker's receipts to the cloud: the forwarder hears itself. */
  #loop(): void {
    const link = new ServiceLink(this.edge, {
      name: 'bridge',
      topics: ['receipts'],
      isPersistent: false,
      onMessage: (message, acknowledge) => {
        acknowledge();
        if (!message.isRetained && this.cloud.isUp) this.cloud.route(message);
      },
    });
    link.start();
  }
}
