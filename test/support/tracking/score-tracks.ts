import type { KnownSighting, Look } from './made-up-detector.ts';

/** Whatever follows sightings: for each that it keeps, the number of its track. */
export type Follow = (
  sightings: readonly KnownSighting[],
  atMs: number,
) => readonly { track: number; sighting: KnownSighting }[];

export interface TrackScore {
  /** Unbroken presences in truth. */
  readonly visits: number;
  /** Tracks above one that a visit was cut into, summed. */
  readonly splits: number;
  /** Tracks that hold two visits or more, each seen more than once in it. */
  readonly merges: number;
  /** Visits that are the larger part of no track: nobody would send a picture of them. */
  readonly swallowed: number;
  /** Tracks of nobody, seen more than once. */
  readonly ofNobody: number;
}

/** What became of each visit. A visit ends when nobody saw the person for `forgetAfterMs`; of one seen fewer than three times nothing is asked. */
export function scoreTracks(looks: readonly Look[], follow: Follow, forgetAfterMs = 2000): TrackScore {
  const lastSeen = new Map<number, { visit: number; atMs: number }>();
  const sizes = new Map<number, number>();
  const held = new Map<number, Map<number, number>>();
  let visits = 0;
  for (const { atMs, sightings } of looks) {
    const visitOf = new Map<KnownSighting, number>();
    for (const sighting of sightings) {
      if (sighting.person < 0) continue;
      const last = lastSeen.get(sighting.person);
      const visit = last && atMs - last.atMs <= forgetAfterMs ? last.visit : visits++;
      lastSeen.set(sighting.person, { visit, atMs });
      visitOf.set(sighting, visit);
      sizes.set(visit, (sizes.get(visit) ?? 0) + 1);
    }
    for (const { track, sighting } of follow(sightings, atMs)) {
      const counts = held.get(track) ?? new Map<number, number>();
      const visit = visitOf.get(sighting) ?? -1;
      counts.set(visit, (counts.get(visit) ?? 0) + 1);
      held.set(track, counts);
    }
  }
  const owned = new Map<number, number>();
  const score = { visits: 0, splits: 0, merges: 0, swallowed: 0, ofNobody: 0 };
  for (const counts of held.values()) {
    const [[visit, count]] = [...counts].sort((a, b) => b[1] - a[1]) as [[number, number]];
    if (visit < 0) score.ofNobody += Number(count > 1);
    // One sighting alone is no confirmed track, and no picture of it goes out.
    else if (count > 1) owned.set(visit, (owned.get(visit) ?? 0) + 1);
    if ([...counts].filter(([of, times]) => of >= 0 && times > 1).length > 1) score.merges += 1;
  }
  for (const [visit, size] of sizes) {
    if (size < 3) continue;
    const tracks = owned.get(visit) ?? 0;
    score.visits += 1;
    score.splits += Math.max(0, tracks - 1);
    score.swallowed += Number(tracks === 0);
  }
  return score;
}
