import { Random } from '../random.ts';
import { type DetectorFaults, detectMadeUp, type Look, type Pillar, randomLook } from './made-up-detector.ts';
import { FRAME, type MadeUpPerson, randomPerson } from './made-up-person.ts';

export const USUAL_FAULTS: DetectorFaults = { jitter: 0.03, misses: 0.05, falseFinds: 0.02 };

export interface WorldOptions {
  readonly seed: number;
  /** Looks a second; their times jitter. */
  readonly fps: number;
  readonly people?: number;
  readonly durationMs?: number;
  readonly hasLooks?: boolean;
  readonly faults?: DetectorFaults;
  readonly hasPillar?: boolean;
}

/** Many people before one camera: they come at random, and some come by the door by which another has just left. */
export function makeUpWorld({
  seed,
  fps,
  people = 10,
  durationMs = 40_000,
  hasLooks = false,
  faults = USUAL_FAULTS,
  hasPillar = false,
}: WorldOptions): Look[] {
  const random = new Random(seed);
  const all: MadeUpPerson[] = [];
  for (let number = 0; number < people; number += 1) {
    const before = all.at(-1);
    const last = before?.at(before.toMs);
    const speed = randomSpeed(random, fps);
    const walk =
      before && last && random.chance(0.35)
        ? { number, speed, fromMs: before.toMs + random.between(500, 1900), entersLeft: last.x < FRAME.width / 2 }
        : { number, speed, fromMs: random.between(0, durationMs * 0.8), entersLeft: random.chance(0.5) };
    all.push(randomPerson(random, walk));
  }
  const from = random.between(400, 800);
  const pillars: Pillar[] = hasPillar ? [[from, from + random.between(60, 150)]] : [];
  return lookAt(random, all, { fps, durationMs: Math.max(...all.map(({ toMs }) => toMs)), faults, pillars, hasLooks });
}

/** These people, looked at at so many frames a second. */
export function lookAt(
  random: Random,
  people: readonly MadeUpPerson[],
  {
    fps,
    durationMs,
    faults,
    pillars = [],
    hasLooks = false,
  }: {
    fps: number;
    durationMs: number;
    faults: DetectorFaults;
    pillars?: readonly Pillar[];
    hasLooks?: boolean;
  },
): Look[] {
  const looks = hasLooks ? people.map(() => randomLook(random)) : undefined;
  const seen: Look[] = [];
  for (let atMs = 0; atMs < durationMs; atMs += (1000 / fps) * random.between(0.8, 1.2)) {
    seen.push({ atMs, sightings: detectMadeUp(random, people, { atMs, faults, pillars, looks }) });
  }
  return seen;
}

/** Mostly a walk; a run where looks come often enough that nobody moves more than 1.5 widths from one to the next. */
function randomSpeed(random: Random, fps: number): number {
  return Math.min(1.2 * fps, random.chance(0.15) ? random.between(3.5, 8) : random.between(0.8, 3));
}
