import type { Box } from '../../../src/edge/face-detector/detection.ts';
import type { Sighting } from '../../../src/edge/face-detector/tracks/sighting.ts';
import type { Random } from '../random.ts';
import { FRAME, type MadeUpPerson, type Place } from './made-up-person.ts';

/** A sighting, and whose it is; −1 for nobody's. */
export interface KnownSighting extends Sighting {
  readonly person: number;
}

/** What the camera looked at at one moment. */
export interface Look {
  readonly atMs: number;
  readonly sightings: readonly KnownSighting[];
}

export interface DetectorFaults {
  /** Deviation of a box's centre and size, in sides. */
  readonly jitter: number;
  /** Share of visible faces that are not found. */
  readonly misses: number;
  /** Faces found a look where nobody is. */
  readonly falseFinds: number;
}

/** A strip of the picture, from x to x, behind which nobody is seen. */
export type Pillar = readonly [fromX: number, toX: number];

/** What a detector with faults finds of people who hide each other, the nearer the farther. */
export function detectMadeUp(
  random: Random,
  people: readonly MadeUpPerson[],
  {
    atMs,
    faults,
    pillars = [],
    looks,
  }: {
    atMs: number;
    faults: DetectorFaults;
    pillars?: readonly Pillar[];
    /** Per person, of length 1; without it no sighting has a look. */
    looks?: readonly Float32Array[] | undefined;
  },
): KnownSighting[] {
  const present = people.flatMap((person) => {
    const place = person.at(atMs);
    return place ? [{ person, place }] : [];
  });
  const found: KnownSighting[] = present.flatMap(({ person, place }) => {
    const { hidden, by } = hiding(
      place,
      present.filter((other) => other.person !== person),
      pillars,
    );
    const inFrame = 1 - outside(place);
    if (hidden > 0.5 || inFrame < 0.5 || random.chance(faults.misses)) return [];
    if (person.turned.some(([fromMs, toMs]) => atMs >= fromMs && atMs <= toMs)) return [];
    const score = Math.max(0.2, 0.92 - 0.9 * hidden - 0.5 * (1 - inFrame) - Math.abs(random.normal()) * 0.06);
    const box = jittered(random, place, faults.jitter * (1 + hidden));
    const own = looks?.[person.number];
    const appearance = own && mixed(random, own, by === undefined ? undefined : looks[by], hidden);
    return [{ box, score, appearance, person: person.number }];
  });
  if (random.chance(faults.falseFinds)) {
    const place = {
      x: random.between(50, FRAME.width),
      y: random.between(50, FRAME.height),
      side: random.between(40, 120),
    };
    const appearance = looks && randomLook(random);
    found.push({ box: jittered(random, place, 0.05), score: random.between(0.3, 0.75), appearance, person: -1 });
  }
  return found.sort((a, b) => b.score - a.score);
}

/** A vector of length 1. */
export function randomLook(random: Random): Float32Array {
  return unit(Float32Array.from({ length: 24 }, () => random.normal() + 0.7));
}

function jittered(random: Random, { x, y, side }: Place, jitter: number): Box {
  const width = 0.87 * side * Math.exp(random.normal() * jitter);
  const height = 1.15 * side * Math.exp(random.normal() * jitter);
  const [centreX, centreY] = [x + random.normal() * jitter * side, y + random.normal() * jitter * side];
  return { x: centreX - width / 2, y: centreY - height / 2, width, height };
}

function outside({ x, side }: Place): number {
  return Math.max(0, Math.min(1, (side / 2 - x) / side), Math.min(1, (x + side / 2 - FRAME.width) / side));
}

function hiding(
  place: Place,
  others: readonly { person: MadeUpPerson; place: Place }[],
  pillars: readonly Pillar[],
): { hidden: number; by: number | undefined } {
  let [hidden, by]: [number, number | undefined] = [0, undefined];
  for (const other of others) {
    if (other.place.side <= place.side) continue;
    const reach = (other.place.side + place.side) / 2;
    const across = Math.max(0, Math.min(place.side, reach - Math.abs(other.place.x - place.x)));
    const down = Math.max(0, Math.min(place.side, reach * 1.2 - Math.abs(other.place.y - place.y)));
    const share = (across * down) / place.side ** 2;
    if (share > hidden) [hidden, by] = [share, other.person.number];
  }
  for (const [fromX, toX] of pillars) {
    const share = (Math.min(toX, place.x + place.side / 2) - Math.max(fromX, place.x - place.side / 2)) / place.side;
    if (share > hidden) [hidden, by] = [share, undefined];
  }
  return { hidden, by };
}

/** A face's look in one frame: noisy, and partly that of who stands before it. */
function mixed(random: Random, own: Float32Array, before: Float32Array | undefined, hidden: number): Float32Array {
  const share = before ? hidden : 0;
  return unit(own.map((value, i) => value * (1 - share) + (before?.[i] ?? 0) * share + random.normal() * 0.06));
}

function unit(vector: Float32Array): Float32Array {
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}
