import type { Random } from '../../test/support/random.ts';
import { Path, type Waypoint } from './path.ts';
import { type Portrait, portraits } from './portraits.ts';
import type { Actor, Interval } from './scene.ts';

/** Gives out people in a random order, nobody twice before everybody had a turn. */
export class Cast {
  readonly #random: Random;
  #waiting: Portrait[] = [];
  #numbers = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  actor(waypoints: readonly Waypoint[], depth: number, turnedAway: readonly Interval[] = []): Actor {
    const id = String(this.#numbers);
    this.#numbers += 1;
    const isMirrored = this.#random.below(2) === 1;
    return {
      id,
      portrait: this.portrait(),
      isMirrored,
      path: new Path(waypoints, this.#random.between(0, 1)),
      depth,
      turnedAway,
    };
  }

  portrait(): Portrait {
    if (this.#waiting.length === 0) this.#waiting = this.#random.shuffled(portraits());
    return this.#waiting.pop() as Portrait;
  }
}
