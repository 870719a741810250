import { shareWithin } from '../intersection-over-union.ts';
import { assign } from './assignment.ts';
import type { AppearanceScale } from './likeness.ts';
import { sidesFromBorder } from './place-in-frame.ts';
import type { FrameSize, Sighting } from './sighting.ts';
import type { FollowedFace } from './track.ts';
import { unlikeliness } from './unlikeliness.ts';

/** A pair that is less likely than this is no pair: the sighting is of somebody new. */
const TOO_UNLIKELY = 5.5;
/** Faint sightings must fit better to keep a track. */
const TOO_UNLIKELY_FAINT = 4;
/** Where there is no other choice, less will do. */
const TOO_UNLIKELY_ALONE = 7.5;
/** And less still for a face that another hid: nobody comes into being behind somebody. */
const TOO_UNLIKELY_FROM_BEHIND = 9.5;
/** People come into the picture by its border: nearer to it than so many sides, a sighting may well be of somebody new. */
const MIN_SIDES_FROM_BORDER = 0.5;
/** So much of a face within another: neither's look is its own. */
const BLENDING_SHARE = 0.1;
/** So much of a missed face under another that is seen: it is hidden by it. */
const HIDING_SHARE = 0.25;
/** So much of a sighting within another that is surer: the same face, found twice. */
const SAME_FACE_SHARE = 0.7;

export interface MatchingOptions {
  readonly atMs: number;
  readonly minNewScore: number;
  readonly frame?: FrameSize | undefined;
  readonly appearance: AppearanceScale;
}

/**
 * Which sighting is of which face. Sure sightings choose first, faint ones may keep what is left (ByteTrack, Zhang et al. 2022); last come wider bounds for
 * what is left then, as in the cascade of C-BIoU (Yang et al. 2023), but only where nothing else could be meant.
 */
export function matchSightings(
  tracks: readonly FollowedFace[],
  sightings: readonly Sighting[],
  { atMs, minNewScore, frame, appearance }: MatchingOptions,
): Map<Sighting, FollowedFace> {
  const found = new Map<Sighting, FollowedFace>();
  const isSure = ({ score }: Sighting): boolean => score >= minNewScore;
  const match = (some: readonly FollowedFace[], candidates: readonly Sighting[], limit: number): void => {
    const costs = some.map((track) => candidates.map((each) => unlikeliness(track, each, atMs, appearance)));
    assign(costs, limit).forEach((column, row) => {
      const [track, sighting] = [some[row], candidates[column]];
      if (track && sighting) found.set(sighting, track);
    });
  };
  match(tracks, sightings.filter(isSure), TOO_UNLIKELY);

  const afterSure = new Set(found.values());
  const unkept = tracks.filter((track) => !afterSure.has(track) && !track.hasLeft);
  match(
    unkept,
    sightings.filter((sighting) => !isSure(sighting)),
    TOO_UNLIKELY_FAINT,
  );

  const seen = new Set(found.values());
  const lone = tracks.filter(
    (track) => !seen.has(track) && (track.isMissed ? track.wasCovered : !isCovered(track, seen, BLENDING_SHARE)),
  );
  const rest = sightings.filter((each) => isSure(each) && !found.has(each) && !isDouble(each, sightings));
  for (const [track, sighting] of onlyChoices(lone, rest, (track, each) =>
    sidesFromBorder(each.box, frame) > MIN_SIDES_FROM_BORDER
      ? unlikeliness(track, each, atMs, appearance)
      : Number.POSITIVE_INFINITY,
  )) {
    found.set(sighting, track);
  }
  return found;
}

/** Nothing else is so near that its look would mix in. */
export function isClear(sighting: Sighting, all: readonly Sighting[]): boolean {
  return !all.some((other) => other !== sighting && shareWithin(sighting.box, other.box) > BLENDING_SHARE);
}

/** Is the place where a face is thought to be taken by one that is seen? */
export function isCovered(track: FollowedFace, seen: ReadonlySet<FollowedFace>, share = HIDING_SHARE): boolean {
  return [...seen].some((other) => shareWithin(track.box, other.box) > share);
}

/** Is it a second find of a face that was found more surely? */
export function isDouble({ box, score }: Sighting, all: readonly Sighting[]): boolean {
  return all.some((other) => other.score > score && shareWithin(box, other.box) > SAME_FACE_SHARE);
}

function onlyChoices(
  tracks: readonly FollowedFace[],
  sightings: readonly Sighting[],
  costOf: (track: FollowedFace, sighting: Sighting) => number,
): [FollowedFace, Sighting][] {
  const possible = tracks.flatMap((track) =>
    sightings
      .map((sighting) => ({ track, sighting, cost: costOf(track, sighting) }))
      .filter(({ cost }) => cost < Number.POSITIVE_INFINITY),
  );
  return possible
    .filter(
      (pair) =>
        pair.cost < (pair.track.wasCovered ? TOO_UNLIKELY_FROM_BEHIND : TOO_UNLIKELY_ALONE) &&
        !possible.some((other) => other !== pair && (other.track === pair.track || other.sighting === pair.sighting)),
    )
    .map(({ track, sighting }) => [track, sighting]);
}
