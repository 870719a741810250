import { atLeast, atMost, type Figure } from '../measuring/figure.ts';
import { type SentImage, scoreVisits, type VisitScore } from '../visit-score/score-visits.ts';
import type { VisitTruth } from '../visit-score/visit-truth.ts';
import type { SceneRuns } from './scene-runs.ts';

const IMAGES_PER_VISIT = 1.2;
const SHARP_SHARE = 0.9;
const OF_HAAR_BYTES = 1 / 20;

/** Who was captured, how often and how well, beside Haar. */
export function visitFigures({ haar, models }: SceneRuns, truth: VisitTruth): Figure[] {
  const haarImages = haar?.runs[0]?.images;
  const haarScore = haarImages && scoreVisits(truth, haarImages);
  return [
    ...(haarScore ? [summary('haar', haarScore)] : []),
    ...Object.entries(models).flatMap(([name, { best }]) => figuresOf(name, best.runs, truth, haarScore)),
  ];
}

function figuresOf(
  name: string,
  runs: readonly { readonly images: readonly SentImage[] }[],
  truth: VisitTruth,
  haar: VisitScore | undefined,
): Figure[] {
  const scores = runs.map(({ images }) => scoreVisits(truth, images));
  const [score] = scores;
  if (!score) return [];
  // All runs see the same frames: where they differ, the worst counts.
  const worst = (read: (score: VisitScore) => number, isBetterLow: boolean): number =>
    (isBetterLow ? Math.max : Math.min)(...scores.map(read));
  const covered = worst((one) => one.covered, false);
  const perVisit = worst((one) => one.imagesPerVisit, true);
  const ofNobody = worst((one) => one.ofNobody, true);
  const sharp = worst((one) => one.sharpShare, false);
  const bytes = worst((one) => one.bytes, true);
  return [
    {
      name: `visits covered, ${name}`,
      goal: 'every one',
      measured: `${covered} of ${score.visits}`,
      ofGoal: atLeast(covered, score.visits),
      note: notes(score),
    },
    {
      name: `images per visit, ${name}`,
      goal: `≤ ${IMAGES_PER_VISIT}`,
      measured: perVisit.toFixed(2),
      ofGoal: atMost(perVisit, IMAGES_PER_VISIT),
    },
    { name: `images of nobody, ${name}`, goal: '0', measured: String(ofNobody), ofGoal: atMost(ofNobody, 0) },
    {
      name: `visits from their sharp span, ${name}`,
      goal: `≥ ${SHARP_SHARE * 100} %`,
      measured: `${(sharp * 100).toFixed(0)} %`,
      ofGoal: atLeast(sharp, SHARP_SHARE),
      ...(score.notSharp.length > 0 ? { note: `not: ${score.notSharp.join(', ')}` } : {}),
    },
    ...(haar
      ? [
          {
            name: `bytes, ${name}`,
            goal: "≤ 1/20 of Haar's",
            measured: `1/${(haar.bytes / bytes).toFixed(1)}`,
            ofGoal: atMost(bytes / haar.bytes, OF_HAAR_BYTES),
            note: `${bytes} of ${haar.bytes}`,
          },
        ]
      : []),
  ];
}

function summary(name: string, score: VisitScore): Figure {
  return {
    name: `visits covered, ${name}`,
    goal: '',
    measured: `${score.covered} of ${score.visits}`,
    note: `${score.imagesPerVisit.toFixed(1)} images a visit, ${notes(score)}, ${(score.sharpShare * 100).toFixed(0)} % from the sharp span, ${score.bytes} bytes`,
  };
}

function notes({ images, missed, merged, split, ofNobody, mostImages }: VisitScore): string {
  return `${images} images, ${ofNobody} of nobody, ${mostImages} of one visit at most, ${merged} merged, ${split} split${missed.length > 0 ? `; missed: ${missed.join(', ')}` : ''}`;
}
