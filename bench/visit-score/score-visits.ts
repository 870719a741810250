import type { Box } from '../../src/edge/face-detector/detection.ts';
import { intersectionOverUnion } from '../../src/edge/face-detector/intersection-over-union.ts';
import type { TrueVisit, VisitTruth } from './visit-truth.ts';

/** An image that a detector sent. */
export interface SentImage {
  /** Number of the video's decoded frame that it shows, from 0. */
  readonly frameIndex: number;
  /** The face, in pixels of that frame. */
  readonly box: Box;
  readonly bytes: number;
  /** The visit that the detector gave it to; absent from detectors that know none. */
  readonly visitId?: string;
}

export interface VisitScore {
  readonly visits: number;
  readonly covered: number;
  /** Ids of the visits without an image. */
  readonly missed: readonly string[];
  readonly images: number;
  /** Images of a visit, divided by the visits covered; NaN where none is. */
  readonly imagesPerVisit: number;
  /** The images of the visit that has most. */
  readonly mostImages: number;
  /** Images that show no visit. */
  readonly ofNobody: number;
  /** Images of faces in frames where the truth calls them partly hidden: of somebody, but they cover nothing. */
  readonly ofPartial: number;
  /** Share of the visits with a sharp span that have an image from it: 0–1; NaN where no visit has one. */
  readonly sharpShare: number;
  /** Ids of the visits whose sharp span has no image. */
  readonly notSharp: readonly string[];
  /** Sent visit ids with images of two people or more. */
  readonly merged: number;
  /** True visits with images under two visit ids or more. */
  readonly split: number;
  readonly bytes: number;
  /** Numbers of the frames that were sent of each visit, in order; visits without are absent. */
  readonly framesSent: ReadonlyMap<string, readonly number[]>;
}

/**
 * A visit is covered when an image was sent for it: the sent box overlaps the visit's box in that frame from this IoU
 * on. Where it overlaps several, it is of the one that it overlaps most.
 */
const MIN_IOU = 0.3;

/** Holds what a detector sent of a video against who was there. */
export function scoreVisits({ visits }: VisitTruth, sent: readonly SentImage[]): VisitScore {
  const imagesOf = new Map<string, SentImage[]>();
  const peopleOf = new Map<string, Set<string>>();
  const idsOf = new Map<string, Set<string>>();
  let ofNobody = 0;
  let ofPartial = 0;
  for (const image of sent) {
    const shown = visitShown(visits, image);
    if (!shown) {
      ofNobody += 1;
      continue;
    }
    if (shown.isPartial) ofPartial += 1;
    else gather(imagesOf, shown.id, () => []).push(image);
    if (image.visitId === undefined) continue;
    gather(peopleOf, image.visitId, () => new Set()).add(shown.id);
    gather(idsOf, shown.id, () => new Set()).add(image.visitId);
  }
  const shots = (visit: TrueVisit) => imagesOf.get(visit.id) ?? [];
  const missed = visits.filter((visit) => shots(visit).length === 0);
  const withSharp = visits.filter((visit) => visit.sharp.size > 0);
  const notSharp = withSharp.filter((visit) => !shots(visit).some(({ frameIndex }) => visit.sharp.has(frameIndex)));
  const covered = visits.length - missed.length;
  return {
    visits: visits.length,
    covered,
    missed: missed.map(({ id }) => id),
    images: sent.length,
    imagesPerVisit: (sent.length - ofNobody - ofPartial) / covered,
    mostImages: Math.max(0, ...visits.map((visit) => shots(visit).length)),
    ofNobody,
    ofPartial,
    sharpShare: (withSharp.length - notSharp.length) / withSharp.length,
    notSharp: notSharp.map(({ id }) => id),
    merged: countSeveral(peopleOf),
    split: countSeveral(idsOf),
    bytes: sent.reduce((sum, { bytes }) => sum + bytes, 0),
    framesSent: new Map([...imagesOf].map(([id, images]) => [id, images.map(frameIndexOf).sort((a, b) => a - b)])),
  };
}

/** The visit that an image shows. Where it overlaps no face that is wholly seen, one that is partly seen. */
function visitShown(
  visits: readonly TrueVisit[],
  { frameIndex, box }: SentImage,
): { readonly id: string; readonly isPartial: boolean } | undefined {
  for (const isPartial of [false, true]) {
    const overlaps = visits.flatMap(({ id, boxes, partial }) => {
      const there = (isPartial ? partial : boxes).get(frameIndex);
      const overlap = there ? intersectionOverUnion(there, box) : 0;
      return overlap >= MIN_IOU ? [{ id, isPartial, overlap }] : [];
    });
    const [best] = overlaps.sort((a, b) => b.overlap - a.overlap);
    if (best) return best;
  }
  return undefined;
}

function gather<Value>(map: Map<string, Value>, key: string, empty: () => Value): Value {
  const there = map.get(key) ?? empty();
  map.set(key, there);
  return there;
}

function frameIndexOf({ frameIndex }: SentImage): number {
  return frameIndex;
}

function countSeveral(sets: ReadonlyMap<string, ReadonlySet<string>>): number {
  return [...sets.values()].filter(({ size }) => size > 1).length;
}
