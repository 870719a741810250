import type { AppearanceScale } from './likeness.ts';
import { isClear, isCovered, isDouble, matchSightings } from './matching.ts';
import type { FrameSize, Sighting } from './sighting.ts';
import { FollowedFace, type Track } from './track.ts';

export interface TrackerOptions {
  /** A face that was not seen for longer is another when it comes back. */
  readonly forgetAfterMs: number;
  /** Fainter sightings keep tracks and never begin one. 0–1. */
  readonly minNewScore: number;
  /** Without it nobody is known to have left by the border. */
  readonly frame?: FrameSize | undefined;
  readonly appearance?: AppearanceScale | undefined;
}

export interface TrackedSighting {
  readonly track: Track;
  readonly sighting: Sighting;
}

/** Follows the faces of one camera by where they are, how they move and, where the caller says it, what they look like. Times are the source's own, in milliseconds. */
export class Tracker {
  readonly #options: TrackerOptions;
  readonly #scale: AppearanceScale;
  #tracks: FollowedFace[] = [];
  #lastNumber = 0;

  constructor(options: TrackerOptions) {
    this.#options = options;
    this.#scale = options.appearance ?? { alikeFrom: 0.9, differentFrom: 0.5 };
  }

  /**
   * A frame that the model looked at; frames come in their order.
   *
   * @returns each sighting that belongs to a track, old or new, with it; in the order of the sightings.
   */
  update(sightings: readonly Sighting[], atMs: number): TrackedSighting[] {
    this.carry(atMs);
    const found = matchSightings(this.#tracks, sightings, { ...this.#options, appearance: this.#scale, atMs });
    const seen = new Set(found.values());
    for (const [sighting, track] of found) track.see(sighting, atMs, isClear(sighting, sightings));
    for (const track of this.#tracks) {
      if (seen.has(track)) continue;
      track.miss(atMs, isCovered(track, seen));
    }
    for (const sighting of sightings) {
      if (found.has(sighting) || sighting.score < this.#options.minNewScore || isDouble(sighting, sightings)) continue;
      found.set(sighting, this.#begin(sighting, atMs));
    }
    return sightings.flatMap((sighting) => {
      const track = found.get(sighting);
      return track ? [{ track, sighting }] : [];
    });
  }

  /** The tracks with their boxes carried to this time; nothing was looked for. */
  carry(atMs: number): readonly Track[] {
    this.#tracks = this.#tracks.filter(({ lastSeenAtMs }) => atMs - lastSeenAtMs <= this.#options.forgetAfterMs);
    for (const track of this.#tracks) track.carry(atMs);
    return this.#tracks;
  }

  /** Forgets all tracks: the next frame has nothing to do with the last. */
  clear(): void {
    this.#tracks = [];
  }

  #begin(sighting: Sighting, atMs: number): FollowedFace {
    this.#lastNumber += 1;
    const track = new FollowedFace(this.#lastNumber, sighting, atMs, {
      frame: this.#options.frame,
      lookParts: this.#scale.parts,
    });
    this.#tracks.push(track);
    return track;
  }
}
