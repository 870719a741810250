import type { Box } from '../detection.ts';
import type { AppearanceScale } from './appearance.ts';
import { assign } from './assignment.ts';
import type { FrameSize, Sighting } from './sighting.ts';
import { FollowedFace, type Track } from './track.ts';
import { TOO_UNLIKELY, unlikeliness } from './unlikeliness.ts';

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

/** Faint sightings must fit better than sure ones to keep a track. */
const TOO_UNLIKELY_FAINT = 3;
/** So much of a sighting within another that is surer: the same face, found twice. */
const SAME_FACE_SHARE = 0.7;
/** So much of a missed face under another that is seen: it is hidden by it. */
const HIDING_SHARE = 0.25;

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
   * A frame that the model looked at. Sure sightings choose first, faint ones may keep what is left (ByteTrack, Zhang et al. 2022).
   *
   * @returns each sighting that belongs to a track, old or new, with it; in the order of the sightings.
   */
  update(sightings: readonly Sighting[], atMs: number): TrackedSighting[] {
    this.carry(atMs);
    const sure = sightings.filter(({ score }) => score >= this.#options.minNewScore);
    const faint = sightings.filter(({ score }) => score < this.#options.minNewScore);
    const found = new Map<Sighting, FollowedFace>();
    this.#match(this.#tracks, sure, { atMs, limit: TOO_UNLIKELY, found });
    const kept = new Set(found.values());
    const left = this.#tracks.filter((track) => !kept.has(track) && !track.hasLeft);
    this.#match(left, faint, { atMs, limit: TOO_UNLIKELY_FAINT, found });
    const seen = new Set(found.values());
    for (const [sighting, track] of found) {
      track.see(sighting, atMs, !sightings.some((other) => other !== sighting && share(sighting.box, other.box) > 0.1));
    }
    for (const track of this.#tracks) {
      if (seen.has(track)) continue;
      track.miss(
        atMs,
        [...seen].some(({ box }) => share(track.box, box) > HIDING_SHARE),
      );
    }
    for (const sighting of sure) {
      if (!found.has(sighting) && !isDouble(sighting, sightings)) found.set(sighting, this.#begin(sighting, atMs));
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

  #match(
    tracks: readonly FollowedFace[],
    sightings: readonly Sighting[],
    { atMs, limit, found }: { atMs: number; limit: number; found: Map<Sighting, FollowedFace> },
  ): void {
    const costs = tracks.map((track) => sightings.map((sighting) => unlikeliness(track, sighting, atMs, this.#scale)));
    assign(costs, limit).forEach((column, row) => {
      const [track, sighting] = [tracks[row], sightings[column]];
      if (track && sighting) found.set(sighting, track);
    });
  }

  #begin(sighting: Sighting, atMs: number): FollowedFace {
    this.#lastNumber += 1;
    const track = new FollowedFace(this.#lastNumber, sighting, atMs, this.#options.frame);
    this.#tracks.push(track);
    return track;
  }
}

function isDouble({ box, score }: Sighting, all: readonly Sighting[]): boolean {
  return all.some((other) => other.score > score && share(box, other.box) > SAME_FACE_SHARE);
}

/** Share of a box that lies in another, 0–1. */
function share(box: Box, other: Box): number {
  const width = Math.min(box.x + box.width, other.x + other.width) - Math.max(box.x, other.x);
  const height = Math.min(box.y + box.height, other.y + other.height) - Math.max(box.y, other.y);
  return width <= 0 || height <= 0 ? 0 : (width * height) / (box.width * box.height);
}
