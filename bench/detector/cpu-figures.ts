import { atMost, type Figure } from './figure.ts';
import { cpuMsPerFrame, type Measured, medianAndMin, ratios, startSeconds } from './rounds.ts';
import type { ModelRuns, SceneRuns } from './scene-runs.ts';
import { median } from './statistics.ts';

const OF_HAAR = { ssd: 1 / 3, yunet: 1 / 8 } as const;
const OF_FLOOR = 1.15;
const OF_DISCARD = 1.2;

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
    const ratio = median(ratios(cpuMsPerFrame(best), cpuMsPerFrame(discard)));
    return {
      name: `empty room, ${name}`,
      goal: `≤ ${OF_DISCARD} × frames thrown away`,
      measured: `${ratio.toFixed(2)} ×`,
      ofGoal: atMost(ratio, OF_DISCARD),
      note: `ms a frame: ours ${medianAndMin(cpuMsPerFrame(best), 2)}, thrown away ${medianAndMin(cpuMsPerFrame(discard), 2)}; ${inferred(best)}`,
    };
  });
}

function besideHaar(name: keyof typeof OF_HAAR, { best }: ModelRuns, haar: Measured): Figure {
  const [ours, theirs] = [cpuMsPerFrame(best), cpuMsPerFrame(haar)];
  const ratio = median(ratios(ours, theirs));
  return {
    name: `CPU per frame, ${name}`,
    goal: `≤ 1/${Math.round(1 / OF_HAAR[name])} of Haar`,
    measured: `1/${(1 / ratio).toFixed(1)}`,
    ofGoal: atMost(ratio, OF_HAAR[name]),
    note: `ms a frame: ours ${medianAndMin(ours, 2)}, Haar ${medianAndMin(theirs, 2)}; ${inferred(best)}; start, not counted: ours ${startSeconds(best).toFixed(2)} s, Haar ${startSeconds(haar).toFixed(2)} s`,
  };
}

function besideFloor(name: string, { every, floor }: ModelRuns): Figure[] {
  if (!every || !floor) return [];
  const ratio = median(ratios(cpuMsPerFrame(every), cpuMsPerFrame(floor)));
  const captured = every.runs.reduce((sum, { images }) => sum + images.length, 0);
  return [
    {
      name: `CPU per inferred frame, ${name}`,
      goal: `≤ ${OF_FLOOR} × floor`,
      measured: `${ratio.toFixed(3)} ×`,
      ofGoal: atMost(ratio, OF_FLOOR),
      note: `ms a frame: ours ${medianAndMin(cpuMsPerFrame(every), 2)}, floor ${medianAndMin(cpuMsPerFrame(floor), 2)}; ${inferred(every)}, ${captured === 0 ? 'none captured' : `${captured} captured, though none should be`}${sameFfmpeg(every, floor)}`,
    },
  ];
}

function inferred({ runs, frames }: ModelRuns['best']): string {
  return `${median(runs.map(({ inferences }) => inferences))} of ${frames} frames inferred`;
}

/** The comparison stands on both having the same ffmpeg child. */
function sameFfmpeg(
  { runs: [ours] }: NonNullable<ModelRuns['every']>,
  { runs: [floor] }: NonNullable<ModelRuns['floor']>,
): string {
  const isSame = ours?.ffmpegArguments.join(' ') === floor?.ffmpegArguments.join(' ');
  return isSame ? '' : '; NOT THE SAME FFMPEG ARGUMENTS';
}
