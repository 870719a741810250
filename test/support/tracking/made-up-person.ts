import type { Random } from '../random.ts';

/** Where a face is at one moment: its centre and side in pixels. */
export interface Place {
  readonly x: number;
  readonly y: number;
  readonly side: number;
}

export interface Waypoint extends Place {
  readonly atMs: number;
}

export const FRAME = { width: 1280, height: 720 } as const;
const SMOOTHING_MS = 250;

/** A made-up person's way through the picture. */
export class MadeUpPerson {
  readonly number: number;
  readonly #way: readonly Waypoint[];
  /** When the head is turned away. */
  readonly turned: readonly (readonly [fromMs: number, toMs: number])[];

  constructor(number: number, way: readonly Waypoint[], turned: readonly (readonly [number, number])[] = []) {
    this.number = number;
    this.#way = way;
    this.turned = turned;
  }

  get fromMs(): number {
    return this.#way[0]?.atMs ?? 0;
  }

  get toMs(): number {
    return this.#way.at(-1)?.atMs ?? 0;
  }

  /** Undefined before they came and after they left. Nobody starts or stops at once: places are means over a quarter of a second. */
  at(atMs: number): Place | undefined {
    if (atMs < this.fromMs || atMs > this.toMs) return undefined;
    const steps = [-0.5, -0.25, 0, 0.25, 0.5].map((share) => this.#sharp(atMs + share * SMOOTHING_MS));
    const mean = (of: (place: Place) => number): number =>
      steps.reduce((sum, step) => sum + of(step), 0) / steps.length;
    return { x: mean(({ x }) => x), y: mean(({ y }) => y), side: mean(({ side }) => side) };
  }

  #sharp(atMs: number): Place {
    const next = this.#way.findIndex((point) => point.atMs > atMs);
    const [a, b] = [this.#way.at(Math.max(0, next - 1)) as Waypoint, this.#way.at(next) as Waypoint];
    if (next <= 0) return next < 0 ? b : a;
    const share = (atMs - a.atMs) / (b.atMs - a.atMs);
    return {
      x: a.x + (b.x - a.x) * share,
      y: a.y + (b.y - a.y) * share,
      side: a.side + (b.side - a.side) * share,
    };
  }
}

export interface Walk {
  readonly number: number;
  readonly fromMs: number;
  readonly entersLeft: boolean;
  readonly speed: number;
}

/** Comes in by one side, walks, may stand, turn round or come nearer, and leaves by a side. Speeds are in sides a second. */
export function randomPerson(random: Random, { number, fromMs, entersLeft, speed }: Walk): MadeUpPerson {
  const side = random.between(55, 170);
  const y = random.between(250, 470);
  const way: Waypoint[] = [{ x: entersLeft ? -side / 2 : FRAME.width + side / 2, y, side, atMs: fromMs }];
  const turned: [number, number][] = [];
  const walkTo = (x: number, toSide: number): void => {
    const last = way.at(-1) as Waypoint;
    const pace = speed * ((last.side + toSide) / 2);
    const atMs = last.atMs + (Math.max(1, Math.abs(x - last.x)) / pace) * 1000;
    way.push({ x, y: last.y + random.normal() * 15, side: toSide, atMs });
  };
  const stops = Math.floor(random.between(0, 3));
  for (let stop = 0; stop < stops; stop += 1) {
    const nearer = random.chance(0.3) ? random.between(1.2, 1.7) : 1;
    walkTo(random.between(200, FRAME.width - 200), Math.min(230, side * nearer));
    if (random.chance(0.7)) {
      const last = way.at(-1) as Waypoint;
      const atMs = last.atMs + random.between(600, 4000);
      if (random.chance(0.5)) turned.push([last.atMs + 200, last.atMs + 200 + random.between(200, 1200)]);
      way.push({ ...last, x: last.x + random.normal() * 0.2 * last.side, atMs });
    }
  }
  const last = way.at(-1) as Waypoint;
  const leavesLeft = stops === 0 ? !entersLeft : random.chance(0.5);
  walkTo(leavesLeft ? -last.side / 2 : FRAME.width + last.side / 2, last.side);
  return new MadeUpPerson(number, way, turned);
}
