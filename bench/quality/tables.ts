import type { Quality } from '../../src/edge/face-detector/quality/quality.ts';
import type { ModelName } from './finders.ts';
import type { Measured } from './measured.ts';
import { areaUnderCurve, mean, quantile, spearman } from './ranking.ts';

type Row = Record<string, number | string>;

const COMPONENTS = [
  'overall',
  'sharpness',
  'size',
  'frontalness',
  'exposure',
  'completeness',
] as const satisfies readonly (keyof Quality)[];
/** Of fewer pictures of a person no order can be told. */
const MIN_PICTURES = 4;
/** Utility below which the network takes the face for somebody else's (0.6 of some 0.8 between strangers) and from which it is sure. */
const UNRECOGNISABLE = 0.25;
const RECOGNISABLE = 0.45;
const THRESHOLDS = [0.05, 0.1, 0.15, 0.2, 0.25, 0.3];

/** Mean over persons of the rank correlation of a value with utility, among one person's pictures. */
export function withinPersons(rows: readonly Measured[], value: (row: Measured) => number): number {
  const groups = [...Map.groupBy(rows, ({ person }) => person).values()].filter(({ length }) => length >= MIN_PICTURES);
  return mean(groups.map((own) => correlation(own, value)));
}

/** Rank correlation of a value with utility over all pictures. */
export function correlation(rows: readonly Measured[], value: (row: Measured) => number): number {
  return spearman(
    rows.map(value),
    rows.map(({ utility }) => utility),
  );
}

/** By set and kind: how overall quality and each component rank pictures. */
export function rankTable(rows: readonly Measured[], model: ModelName): Row[] {
  const own = rows.filter((row) => row.model === model);
  const groups: [string, Measured[]][] = [
    ...Map.groupBy(own, ({ set }) => `all ${set}`),
    ...Map.groupBy(
      own.filter(({ set }) => set === 'photographs'),
      ({ kind }) => kind,
    ),
  ];
  return groups.map(([name, group]) => ({
    pictures: name,
    count: group.length,
    'over all': rounded(correlation(group, ({ quality }) => quality.overall)),
    ...Object.fromEntries(
      COMPONENTS.map((component) => [component, rounded(withinPersons(group, ({ quality }) => quality[component]))]),
    ),
  }));
}

/** Of each visit whose truth is known: do the sharp pictures come before the others, and is the best one sharp? */
export function visitTable(rows: readonly Measured[], model: ModelName): Row[] {
  const visits = Map.groupBy(
    rows.filter((row) => row.set === 'visits' && row.model === model),
    ({ person }) => person,
  );
  return [...visits].map(([visit, own]) => {
    const best = own.reduce((a, b) => (b.quality.overall > a.quality.overall ? b : a));
    const overall = (isSharp: boolean) =>
      own.filter((row) => row.isSharp === isSharp).map(({ quality }) => quality.overall);
    return {
      visit,
      auc: rounded(areaUnderCurve(overall(true), overall(false))),
      best: best.quality.overall,
      'best is sharp': best.isSharp ? 'yes' : 'no',
    };
  });
}

/** What each `capture.minQuality` would drop. */
export function thresholdTable(rows: readonly Measured[]): Row[] {
  return THRESHOLDS.map((minQuality) => {
    const dropped = (among: readonly Measured[]) => among.filter(({ quality }) => quality.overall < minQuality);
    const share = (among: readonly Measured[]) => `${((100 * dropped(among).length) / among.length).toFixed(1)} %`;
    return {
      minQuality,
      'of unrecognisable': share(rows.filter(({ utility }) => utility < UNRECOGNISABLE)),
      'of recognisable': share(rows.filter(({ utility }) => utility >= RECOGNISABLE)),
      'median utility of dropped': rounded(
        quantile(
          dropped(rows).map(({ utility }) => utility),
          0.5,
        ),
      ),
      'of sharp in visits': share(rows.filter(({ isSharp }) => isSharp === true)),
      'of blurred in visits': share(rows.filter(({ isSharp }) => isSharp === false)),
      'persons without a picture': [...Map.groupBy(rows, ({ person, model }) => `${person} ${model}`).values()].filter(
        (own) => dropped(own).length === own.length,
      ).length,
    };
  });
}

export function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
