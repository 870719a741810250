import { atMost, type Figure } from '../measuring/figure.ts';
import { cpuMsPerFrame, type Measured, medianAndMin, ratios, spread, startSeconds } from '../measuring/rounds.ts';
import { median } from '../measuring/statistics.ts';
import type { FloorRun } from './floor.ts';
import type { DetectorRun } from './play-through.ts';
import type { ModelRuns, SceneRuns } from './scene-runs.ts';

const OF_HAAR = { ssd: 1 / 3, yunet: 1 / 8 } as const;
const OF_FLOOR = 1.15;
const OF_DISCARD = 1.2;
/** Some frames of a scene are still. With fewer inferences than this it would be no comparison of inferred frames. */
const MIN_INFERRED_SHARE = 0.9;

/** Processor time of a frame beside Haar, and of an inferred frame beside the floor. */
export function cpuFigures({ haar, models }: SceneRuns): Figure[] {
  return Object.entries(models).flatMap(([name, runs]) => [
    ...(haar ? [besideHaar(name as keyof typeof OF_HAAR, runs, haar)] : []),
    ...besideFloor(name, runs),
  ]);
}

/** Processor time of a frame in which nothing happens beside that of reading it. */
export function emptyFigures({ discard, models }: SceneRuns): Figure[] {
  if (!discard) return [];
  return Object.entries(models).map(([name, { best }]) => {
    const byRound = ratios(cpuMsPerFrame(best), cpuMsPerFrame(discard));
    const ratio = median(byRound);
    return {
      name: `empty room, ${name}`,
      goal: `≤ ${OF_DISCARD} × frames thrown away`,
      measured: `${ratio.toFixed(2)} ×`,
      ofGoal: atMost(ratio, OF_DISCARD),
      note: `${spread(byRound)}; ${beside(best, discard, 'thrown away')}; ${inferred(best)}`,
    };
  });
}

function besideHaar(name: keyof typeof OF_HAAR, { best }: ModelRuns, haar: Measured): Figure {
  const byRound = ratios(cpuMsPerFrame(best), cpuMsPerFrame(haar));
  const ratio = median(byRound);
  return {
    name: `CPU per frame, ${name}`,
    goal: `≤ 1/${Math.round(1 / OF_HAAR[name])} of Haar`,
    measured: `1/${(1 / ratio).toFixed(1)}`,
    ofGoal: atMost(ratio, OF_HAAR[name]),
    note: `${spread(byRound)}; ${beside(best, haar, 'Haar')}; ${inferred(best)}; start, not counted: ours ${startSeconds(best).toFixed(2)} s, Haar ${startSeconds(haar).toFixed(2)} s`,
  };
}

function besideFloor(name: string, { best, bestFloor, every, everyFloor }: ModelRuns): Figure[] {
  if (!bestFloor || !every || !everyFloor) return [];
  const byRound = ratios(cpuMsPerFrame(every), cpuMsPerFrame(everyFloor));
  const ratio = median(byRound);
  const bestRatio = median(ratios(cpuMsPerFrame(best), cpuMsPerFrame(bestFloor)));
  const captured = every.runs.reduce((sum, { images }) => sum + images.length, 0);
  const isComparable =
    hasSameFfmpeg(every, everyFloor) &&
    every.runs.every(({ inferences }) => inferences >= MIN_INFERRED_SHARE * every.frames);
  return [
    {
      name: `CPU per inferred frame, ${name}`,
      goal: `≤ ${OF_FLOOR} × floor`,
      measured: `${ratio.toFixed(3)} ×`,
      ofGoal: isComparable ? atMost(ratio, OF_FLOOR) : Number.NaN,
      note: `${spread(byRound)}; ${beside(every, everyFloor, 'floor')}; ${inferred(every)}, ${captured} captured; input ${everyFloor.runs[0]?.inputShape.join(' × ')}; ${hasSameFfmpeg(every, everyFloor) ? 'the same ffmpeg arguments' : 'NOT the same ffmpeg arguments'}`,
    },
    {
      name: `all it does beside that, ${name}`,
      goal: '',
      measured: `${bestRatio.toFixed(3)} ×`,
      note: `as it is by default, encoding and sending included, by the floor with as many inferences: ${beside(best, bestFloor, 'floor')}; ${inferred(best)}`,
    },
  ];
}

function inferred({ runs, frames }: ModelRuns['best']): string {
  return `${median(runs.map(({ inferences }) => inferences))} of ${frames} frames inferred`;
}

/** The comparison stands on both having the same ffmpeg child. */
function hasSameFfmpeg(ours: Measured<DetectorRun>, floor: Measured<FloorRun>): boolean {
  return ours.runs[0]?.ffmpegArguments.join(' ') === floor.runs[0]?.ffmpegArguments.join(' ');
}

function beside(ours: Measured, theirs: Measured, name: string): string {
  return `ms a frame: ours ${medianAndMin(cpuMsPerFrame(ours), 2)}, ${name} ${medianAndMin(cpuMsPerFrame(theirs), 2)}`;
}
