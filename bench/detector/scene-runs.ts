import type { Cost } from '../measuring/cpu-of.ts';
import { alternate, type Measured } from '../measuring/rounds.ts';
import { type BenchContext, emptyFolder, type ModelName } from './bench-context.ts';
import { type FloorRun, runFloor } from './floor.ts';
import { type HaarRun, runHaar } from './haar.ts';
import type { Video } from './media.ts';
import { firstFrameOf } from './media.ts';
import { type DetectorRun, playThrough } from './play-through.ts';

/** Every frame goes through the model and none is encoded. */
const INFER_ALL = { SIGHTLINE_CAPTURE_MODE: 'every', SIGHTLINE_CAPTURE_MIN_QUALITY: '1' };

/** Which programs are measured by the processor time that they take for a video. */
export interface Programs {
  readonly isWithHaar: boolean;
  readonly models: readonly ModelName[];
  /** The least that the detector could cost; also the detector with every frame inferred, as the floor does. */
  readonly isWithFloors: boolean;
  /** ffmpeg alone, its frames thrown away. */
  readonly isWithDiscard: boolean;
}

export interface ModelRuns {
  /** As it is by default. */
  readonly best: Measured<DetectorRun>;
  /** The floor with as many inferences as that. */
  readonly bestFloor?: Measured<FloorRun>;
  /** Every frame inferred. */
  readonly every?: Measured<DetectorRun>;
  readonly everyFloor?: Measured<FloorRun>;
}

export interface SceneRuns {
  readonly haar?: Measured<HaarRun>;
  readonly discard?: Measured<FloorRun>;
  readonly models: Partial<Record<ModelName, ModelRuns>>;
}

type AnyRun = Cost & Partial<Pick<DetectorRun, 'frames' | 'inferences' | 'images'>>;
type Runners = Record<string, () => Promise<AnyRun>>;

/** Plays a video through all programs, alternating, and its first frame alone too. */
export async function runScene(context: BenchContext, video: Video, programs: Programs): Promise<SceneRuns> {
  const one = await firstFrameOf(video, context.folder);
  const runs = await alternate(context.rounds, runnersFor(context, video, programs), (name, run) =>
    context.say(`${name}: ${describe(run, video)}`),
  );
  const starts = await alternate(Math.max(3, context.rounds), runnersFor(context, one, programs), () => undefined);
  const measured = <Run extends Cost>(name: string): Measured<Run> => {
    assertAllFrames(name, runs[name] as AnyRun[], video);
    return { runs: runs[name] as unknown as Run[], starts: starts[name] as Cost[], frames: video.frames };
  };
  const modelRuns = (model: ModelName): ModelRuns => ({
    best: measured(`${model} best`),
    ...(programs.isWithFloors && {
      bestFloor: measured(`${model} best, floor`),
      every: measured(`${model} every`),
      everyFloor: measured(`${model} every, floor`),
    }),
  });
  return {
    models: Object.fromEntries(programs.models.map((model) => [model, modelRuns(model)])),
    ...(programs.isWithHaar && { haar: measured<HaarRun>('haar') }),
    ...(programs.isWithDiscard && { discard: measured<FloorRun>('discard') }),
  };
}

function runnersFor(context: BenchContext, video: Video, programs: Programs): Runners {
  const { modelsPath } = context;
  const { path, frames } = video;
  return {
    ...(programs.isWithHaar && { haar: () => runHaar(path) }),
    ...(programs.isWithDiscard && {
      discard: () => runFloor({ video: path, model: 'none', modelsPath, frames, inferences: 0 }),
    }),
    ...Object.assign({}, ...programs.models.map((model) => modelRunners(context, video, model, programs))),
  };
}

function modelRunners(
  context: BenchContext,
  { path: video, frames }: Video,
  model: ModelName,
  { isWithFloors }: Programs,
): Runners {
  const { brokerUrl, modelsPath, collector } = context;
  let inferences = 0;
  const play = async (environment: Readonly<Record<string, string>>) => {
    const folder = emptyFolder(context);
    const run = await playThrough({ video, brokerUrl, collector, model, modelsPath, folder, environment });
    inferences = run.inferences;
    return run;
  };
  // As many inferences as the run before it.
  const floor = () => runFloor({ video, model, modelsPath, frames, inferences });
  return {
    [`${model} best`]: () => play({}),
    ...(isWithFloors && {
      [`${model} best, floor`]: floor,
      [`${model} every`]: () => play(INFER_ALL),
      [`${model} every, floor`]: floor,
    }),
  };
}

function assertAllFrames(name: string, runs: readonly AnyRun[], video: Video): void {
  for (const { frames } of runs) {
    if (frames !== undefined && frames !== video.frames)
      throw new Error(`Expected ${name} to see the ${video.frames} frames of ${video.path}, got ${frames}.`);
  }
}

function describe({ cpuSeconds, wallSeconds, inferences, images }: AnyRun, { frames }: Video): string {
  return [
    `${((cpuSeconds / frames) * 1000).toFixed(2)} ms of CPU a frame with start`,
    `${wallSeconds.toFixed(1)} s`,
    ...(inferences === undefined ? [] : [`${inferences} of ${frames} frames inferred`]),
    ...(images === undefined ? [] : [`${images.length} images`]),
  ].join(', ');
}
