import { check, isSettled } from './check.ts';
import { calm, strike } from './faults.ts';
import { Plant } from './plant.ts';
import { type Breakage, World } from './world.ts';

const FAULTY_MS = 600_000;
const STEP_MS = 5_000;
/** A suspect waits an hour at most, a probe five minutes: what takes longer is stuck. */
const CALM_MS = 3 * 3_600_000;
const PATIENCE_MS = 3_600_000;

export interface RunResult {
  readonly seed: number;
  /** What went wrong; nothing when the protocol held. */
  readonly wrong: readonly string[];
  readonly captures: number;
  readonly stored: number;
  readonly faults: number;
  readonly sends: number;
  readonly longestQueue: number;
  readonly calmMs: number;
}

/** Ten minutes in which everything fails, then hours in which nothing does: what is wrong then is wrong with the rules, or with the code. */
export async function run(seed: number, breakage?: Breakage): Promise<RunResult> {
  const world = new World(seed, breakage);
  const { random, time } = world;
  const plant = new Plant(world);
  plant.start();
  const everyNow = (fromMs: number, toMs: number, act: () => void): void => {
    const again = () => {
      if (!world.isFaulty) return;
      act();
      time.after(random.between(fromMs, toMs), again);
    };
    time.after(random.between(fromMs, toMs), again);
  };
  everyNow(1_000, 60_000, () => {
    for (let count = random.chance(0.1) ? 40 : 1 + random.below(5); count > 0; count -= 1) plant.capture();
  });
  const paceMs = random.between(3_000, 60_000);
  everyNow(100, paceMs, () => strike(world, plant));
  await time.run(FAULTY_MS);
  calm(world, plant, random.chance(0.5));
  const calmFromMs = time.nowMs();
  while (time.nowMs() - calmFromMs < CALM_MS && !isSettled(plant)) await time.run(STEP_MS);
  const calmMs = time.nowMs() - calmFromMs;
  // What the broker won't take is tried alone, and ever more rarely; nobody may lose patience with it.
  if (plant.forwarder.spool.pending.length > 0) await time.run(PATIENCE_MS);
  return {
    seed,
    wrong: check(world, plant),
    captures: plant.images.length,
    stored: plant.store.objects.size,
    faults: world.faults,
    sends: world.sends,
    longestQueue: plant.cloud.longestQueue,
    calmMs,
  };
}
