import { seededRandom } from '../../src/contract/fixtures/seeded-random.ts';

/** Random choices, the same for the same seed everywhere. */
export class Random {
  readonly #below: (limit: number) => number;

  constructor(seed: number) {
    this.#below = seededRandom(seed);
  }

  /** From 0 up to 1, without it. */
  next(): number {
    return this.#below(2 ** 32) / 2 ** 32;
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** A whole number from 0 to below `limit`. */
  below(limit: number): number {
    return this.#below(limit);
  }

  between(from: number, to: number): number {
    return from + (to - from) * this.next();
  }

  /** Fisher–Yates; the given order stays as it is. */
  shuffled<Item>(items: readonly Item[]): Item[] {
    const mixed = [...items];
    for (let last = mixed.length - 1; last > 0; last -= 1) {
      const other = this.#below(last + 1);
      [mixed[last], mixed[other]] = [mixed[other] as Item, mixed[last] as Item];
    }
    return mixed;
  }

  /** Normal distribution around 0 (Box and Muller). */
  normal(deviation = 1): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.next()));
    return deviation * radius * Math.cos(2 * Math.PI * this.next());
  }
}
