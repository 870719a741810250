import type { StoreListing } from '../../cloud/image-processor/stores/store-listing.ts';
import { BARE_CAMERA } from '../../contract/names.ts';

/** The days that a store has of some devices, each with the prefixes below which its objects are. */
export async function storeDays(
  store: StoreListing,
  {
    devices,
    camera,
    includesDay,
  }: { readonly devices: readonly string[]; readonly camera: string | undefined; includesDay(day: string): boolean },
  signal: AbortSignal,
): Promise<Map<string, string[]>> {
  const days = new Map<string, string[]>();
  for (const device of devices) {
    for (const folder of await cameraFolders(store, device, camera, signal)) {
      const base = `device=${device}/${folder}/`;
      for (const name of await store.folders(base, signal)) {
        const day = /^dt=(.+)$/.exec(name)?.[1];
        if (day !== undefined && includesDay(day)) days.set(day, [...(days.get(day) ?? []), `${base}${name}/`]);
      }
    }
  }
  return days;
}

async function cameraFolders(
  store: StoreListing,
  device: string,
  camera: string | undefined,
  signal: AbortSignal,
): Promise<readonly string[]> {
  if (camera !== undefined) return [`camera=${camera}`];
  return (await store.folders(`device=${device}/`, signal)).filter((name) => name.startsWith('camera='));
}

/**
 * Bare images that a processor stored by their hash, of those that came to the edge too and have an id there: [key, id].
 * @param device The processor's: `cloud.device`.
 */
export async function* bareTwins(
  store: StoreListing,
  device: string,
  hashes: ReadonlyMap<string, string>,
  signal: AbortSignal,
): AsyncIterable<[string, string]> {
  const base = `device=${device}/camera=${BARE_CAMERA}/`;
  const wanted = new Set([...hashes.keys()].map((hash) => `sha256=${hash.slice(0, 2)}`));
  for (const folder of wanted.size === 0 ? [] : await store.folders(base, signal)) {
    if (!wanted.has(folder)) continue;
    for await (const { key } of store.list(`${base}${folder}/`, signal)) {
      const id = hashes.get(/([0-9a-f]{64})\.\w+$/.exec(key)?.[1] ?? '');
      if (id !== undefined) yield [key, id];
    }
  }
}
