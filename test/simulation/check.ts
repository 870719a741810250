import { MAX_WINDOW } from './carrier.ts';
import { FOREIGN, type Plant } from './plant.ts';
import { type Image, key, type World } from './world.ts';

/** Everything that is wrong at the end; nothing when the protocol held. */
export function check(world: World, plant: Plant): string[] {
  return [
    ...checkStore(world, plant),
    ...checkPromises(world, plant),
    ...checkLedger(world, plant),
    ...checkTraffic(world, plant),
  ];
}

/** Is everything that was promised settled, but for what the broker still won't take? */
export function isSettled(plant: Plant): boolean {
  const isEmpty = plant.detectors.every(({ captures }) => captures === 0);
  const isDone = plant.forwarder.spool.pending.every(({ image }) => isTooLarge(plant, image));
  return isEmpty && isDone && lostBare(plant).length === 0;
}

/** Bare images that the edge broker took for the forwarder, and whose disk was not wiped since, but that nobody knows. */
function lostBare({ forwarder, bareGiven, edge }: Plant): string[] {
  const { spool } = forwarder;
  const known = new Set([...spool.rows.values()].map(({ image }) => image.sha256));
  return bareGiven
    .filter(({ image, wipes }) => edge.wipes === wipes && !known.has(image.sha256))
    .map(({ image }) => image.sha256);
}

function isTooLarge(plant: Plant, { bytes }: Image): boolean {
  return bytes > plant.cloud.options.maxPacketBytes;
}

/** One object for each id, none that nobody promised; of bare images one for each hash. */
function checkStore(world: World, { store }: Plant): string[] {
  const ids = new Map<string, string>();
  const bare = new Map<string, string>();
  return [...store.objects].flatMap(([name, image]) => {
    const before = ids.get(image.id) ?? (image.id.startsWith('bare') ? bare.get(image.sha256) : undefined);
    ids.set(image.id, name);
    if (image.id.startsWith('bare')) bare.set(image.sha256, name);
    return [
      ...(before === undefined ? [] : [`doubled: ${name} is ${before} again`]),
      ...(world.committed.has(image.id) || image.sha256.startsWith(FOREIGN) ? [] : [`unexpected: ${name}`]),
    ];
  });
}

/** What a durable keeper took is stored, refused or evicted, or waits for a broker that takes it. */
function checkPromises(world: World, plant: Plant): string[] {
  const faults = [...world.promised.values()].flatMap((image) => {
    const fault = world.shed.has(key(image)) ? undefined : fateOf(world, plant, image);
    return fault ? [`${fault}: ${key(image)}`] : [];
  });
  return [...faults, ...lostBare(plant).map((sha256) => `lost: bare ${sha256}`)];
}

function fateOf(world: World, plant: Plant, image: Image): string | undefined {
  const { spool } = plant.forwarder;
  if (spool.quarantine.has(key(image))) return undefined;
  const row = spool.rows.get(image.id);
  const isHere = row?.image.sha256 === image.sha256;
  const state = isHere ? row.state : world.foldedAs.get(key(image));
  const there = plant.store.objects.get(image.id)?.sha256;
  if (state === undefined) return 'lost';
  if (state === 'stored') return there === image.sha256 ? undefined : `stored, but there is ${there}`;
  if (state === 'pending') return isTooLarge(plant, image) ? undefined : 'stuck';
  if (world.saidStored.has(key(image))) return `${state}, though the store has it`;
  if (state === 'evicted' || !isHere) return undefined;
  const isJust =
    (row.reason === 'not-an-image' && image.isBad) ||
    (row.reason === 'damaged' && row.isRotten && !world.cameAgain.has(key(image))) ||
    (row.reason === 'conflict' && there !== undefined && there !== image.sha256);
  return isJust ? undefined : `refused for ${row.reason}`;
}

/** Captured = stored + refused + evicted + pending. */
function checkLedger(world: World, { forwarder }: Plant): string[] {
  const { pending, stored, refused, evicted } = forwarder.spool.counts;
  const captured = world.committed.size;
  if (captured === pending + stored + refused + evicted) return [];
  return [`balance: ${captured} captured, ${JSON.stringify(forwarder.spool.counts)}`];
}

/** What is sent again has a cause, and the broker never has more than a few windows. */
function checkTraffic(world: World, { images, cloud }: Plant): string[] {
  const hops = 2;
  const mostSends = hops * images.length + MAX_WINDOW * (world.faults + 1);
  return [
    ...(world.sends <= mostSends ? [] : [`traffic: ${world.sends} sends, expected ${mostSends} at the most`]),
    ...(cloud.longestQueue <= 5 * MAX_WINDOW ? [] : [`queue: ${cloud.longestQueue} captures in the broker`]),
  ];
}
