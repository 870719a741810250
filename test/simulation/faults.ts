import type { Plant } from './plant.ts';
import { key, type World } from './world.ts';

/** One thing goes wrong: a process, a broker, a connection, a disk or the store. */
export function strike(world: World, plant: Plant): void {
  const { random, time } = world;
  const { edge, cloud, detectors, forwarder, processors, store } = plant;
  const { spool } = forwarder;
  const oneOf = <Item>(items: readonly Item[]): Item | undefined => items[random.below(Math.max(1, items.length))];
  const faults: readonly (() => void)[] = [
    () => oneOf(detectors)?.crash(),
    () => forwarder.crash(),
    () => forwarder.crash(),
    () => oneOf(processors)?.crash(),
    () => oneOf([edge, cloud])?.crash(random.chance(0.5)),
    () => edge.cutSome(),
    () => cloud.cutSome(),
    () => cloud.cutSome(),
    () => {
      store.isHanging = !store.isHanging;
    },
    () => {
      spool.isFull = !spool.isFull;
    },
    () => {
      // What has just come is what its sender may send again.
      const row = random.chance(0.5) ? spool.pending.at(-1) : oneOf(spool.pending);
      if (!row) return;
      row.isRotten = true;
      world.damaged.add(row.image.id);
      world.cameAgain.delete(key(row.image));
      // Somebody looks at it, and a repeat comes: in whichever order.
      const { id, bytes } = row.image;
      if (random.chance(0.5)) time.after(random.between(0, 5_000), () => spool.read(id));
      if (row.isBare || random.chance(0.5)) return;
      const repeat = { topic: 'captures', image: row.image, isRetained: false, bytes } as const;
      time.after(random.between(0, 5_000), () => edge.isUp && edge.route(repeat));
    },
    () => spool.fold(time.nowMs() - random.between(5_000, 120_000)),
  ];
  world.faults += 1;
  oneOf(faults)?.();
}

/** From here on nothing fails any more, and what was in the way is out of it. */
export function calm(world: World, plant: Plant, isLimitRaised: boolean): void {
  world.isFaulty = false;
  plant.store.isHanging = false;
  plant.forwarder.spool.isFull = false;
  if (isLimitRaised) plant.cloud.options.maxPacketBytes = 1e9;
}
