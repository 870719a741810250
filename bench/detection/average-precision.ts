import type { Box } from '../../src/edge/face-detector/detection.ts';
import { intersectionOverUnion } from '../../src/edge/face-detector/intersection-over-union.ts';

/** A face that someone labelled. `neutral`: finding it or not counts neither way. */
export interface LabelledFace {
  readonly box: Box;
  readonly neutral: boolean;
}

export interface ScoredPicture {
  readonly faces: readonly LabelledFace[];
  readonly found: readonly { readonly box: Box; readonly score: number }[];
}

/** Sizes in pixels of the source, √(width · height): from `min` on, below `max`. */
export interface SizeRange {
  readonly min: number;
  readonly max: number;
}

export interface DetectionScore {
  /** Area under the precision–recall curve, precision made monotonic (VOC 2010 and later): 0–1; NaN without faces. */
  readonly averagePrecision: number;
  /** Labelled faces that count. */
  readonly faces: number;
  /** At `threshold`. */
  readonly precision: number;
  readonly recall: number;
}

export function faceSize({ width, height }: Box): number {
  return Math.sqrt(width * height);
}

/**
 * Scores found boxes against labelled ones. Best score first, each found box takes the labelled face that it overlaps
 * most and that is not taken yet, from an IoU of `minIou` on. A face outside `sizes` is neutral; so is what is found of
 * one. Everything else that is found is wrong, a second box on a taken face too (WIDER FACE's protocol).
 */
export function scoreDetections(
  pictures: readonly ScoredPicture[],
  { minIou, sizes, threshold }: { minIou: number; sizes: SizeRange; threshold: number },
): DetectionScore {
  let faces = 0;
  const verdicts: { score: number; right: boolean }[] = [];
  for (const { faces: labelled, found } of pictures) {
    const counting = labelled.map(({ box, neutral }) => {
      const size = faceSize(box);
      return !neutral && size >= sizes.min && size < sizes.max;
    });
    faces += counting.filter(Boolean).length;
    const taken = new Set<number>();
    for (const { box, score } of found.toSorted((a, b) => b.score - a.score)) {
      const overlaps = labelled.map((face) => intersectionOverUnion(face.box, box));
      const best = indexOfLargest(overlaps, (i) => counting[i] === true && !taken.has(i));
      if (best !== undefined && (overlaps[best] as number) >= minIou) {
        taken.add(best);
        verdicts.push({ score, right: true });
      } else if (!overlaps.some((overlap, i) => !counting[i] && overlap >= minIou)) {
        verdicts.push({ score, right: false });
      }
    }
  }
  const kept = verdicts.filter(({ score }) => score >= threshold);
  const right = kept.filter((verdict) => verdict.right).length;
  return {
    averagePrecision: averagePrecision(verdicts, faces),
    faces,
    precision: right / kept.length,
    recall: right / faces,
  };
}

function averagePrecision(verdicts: readonly { score: number; right: boolean }[], faces: number): number {
  if (faces === 0) return Number.NaN;
  let right = 0;
  const points: number[] = [];
  for (const [i, verdict] of verdicts.toSorted((a, b) => b.score - a.score).entries()) {
    if (!verdict.right) continue;
    right += 1;
    points.push(right / (i + 1));
  }
  let area = 0;
  let best = 0;
  for (const precision of points.reverse()) {
    best = Math.max(best, precision);
    area += best / faces;
  }
  return area;
}

function indexOfLargest(numbers: readonly number[], may: (index: number) => boolean): number | undefined {
  let largest: number | undefined;
  for (const [i, number] of numbers.entries()) {
    if (may(i) && (largest === undefined || number > (numbers[largest] as number))) largest = i;
  }
  return largest;
}
