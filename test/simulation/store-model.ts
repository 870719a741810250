import type { Image, World } from './world.ts';

/** Create if absent, durable; it may fail, and it may hang. */
export class StoreModel {
  readonly objects = new Map<string, Image>();
  isHanging = false;
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  /** Resolves to whether these bytes are what is there now. */
  async put(image: Image): Promise<boolean> {
    await this.#world.delay(5, 300);
    // As a time-out would end it.
    if (this.isHanging) await this.#world.delay(20_000, 30_000);
    if (this.isHanging || this.#world.fails(0.02)) throw new Error('the store fails');
    const isNew = this.#world.isBroken('every repeat is an object of its own');
    const name = isNew ? `${image.id}-${this.objects.size}` : image.id;
    const there = this.objects.get(name);
    if (!there) this.objects.set(name, image);
    await this.#world.delay(1, 100);
    if (this.#world.fails(0.02)) throw new Error('the answer was lost');
    return !there || there.sha256 === image.sha256 || this.#world.isBroken('a repeat is never compared');
  }
}
