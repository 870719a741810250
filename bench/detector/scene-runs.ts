import { type BenchContext, emptyFolder, type ModelName } from './bench-context.ts';
import type { Cost } from './cpu-of.ts';
import { type FloorRun, runFloor } from './floor.ts';
import { type HaarRun, runHaar } from './haar.ts';
import type { Video } from './media.ts';
import { firstFrameOf } from './media.ts';
import { type DetectorRun, playThrough } from './play-through.ts';
import { alternate, type Measured } from './rounds.ts';

/** Every frame goes through the model and none is encoded. */
const INFER_ALL = { SIGHTLINE_CAPTURE_MODE: 'every', SIGHTLINE_CAPTURE_MIN_QUALITY: '1' };

/** Each program that is measured by the processor time that it takes for a video. */
export interface Programs {
  readonly haar?: true;
  readonly models: readonly ModelName[];
  /** Also with every frame inferred, beside the floor that does the same. */
  readonly everyFrame: boolean;
  /** Also ffmpeg alone, its frames thrown away. */
  readonly discard: boolean;
}

export interface ModelRuns {
  /** As it is by default. */
  readonly best: Measured<DetectorRun>;
  readonly every?: Measured<DetectorRun>;
  readonly floor?: Measured<FloorRun>;
}

export interface SceneRuns {
  readonly haar?: Measured<HaarRun>;
  readonly discard?: Measured<FloorRun>;
  readonly models: Partial<Record<ModelName, ModelRuns>>;
}

type AnyRun = Cost & Partial<Pick<DetectorRun, 'frames' | 'inferences' | 'images'>>;

/** Plays a video through all programs, alternating, and its first frame alone too. */
export async function runScene(context: BenchContext, video: Video, programs: Programs): Promise<SceneRuns> {
  const one = await firstFrameOf(video, context.folder);
  const runs = await alternate(context.rounds, programsFor(context, video, programs), (name, run) =>
    context.say(`${name}: ${describe(run, video)}`),
  );
  const starts = await alternate(Math.max(3, context.rounds), programsFor(context, one, programs), () => undefined);
  const measured = <Run extends Cost>(name: string): Measured<Run> => {
    const all = { runs: runs[name] as unknown as Run[], starts: starts[name] as Cost[], frames: video.frames };
    assertAllFrames(name, runs[name] as AnyRun[], video);
    return all;
  };
  const models = Object.fromEntries(
    programs.models.map((model): [ModelName, ModelRuns] => [
      model,
      {
        best: measured(`${model} best`),
        ...(programs.everyFrame ? { every: measured(`${model} every`), floor: measured(`${model} floor`) } : {}),
      },
    ]),
  );
  return {
    models,
    ...(programs.haar ? { haar: measured('haar') } : {}),
    ...(programs.discard ? { discard: measured('discard') } : {}),
  };
}

function programsFor(
  context: BenchContext,
  { path: video, frames }: Video,
  { haar, models, everyFrame, discard }: Programs,
): Record<string, () => Promise<AnyRun>> {
  const { brokerUrl, modelsPath, collector } = context;
  const detector = (model: ModelName, environment?: Record<string, string>) => () =>
    playThrough({
      ...{ video, brokerUrl, collector, model, modelsPath, folder: emptyFolder(context) },
      ...(environment ? { environment } : {}),
    });
  const floor = (model: ModelName | 'none') => () =>
    runFloor({ video, model, modelsPath, frames, inferences: model === 'none' ? 0 : frames });
  return {
    ...(haar ? { haar: () => runHaar(video) } : {}),
    ...(discard ? { discard: floor('none') } : {}),
    ...Object.fromEntries(
      models.flatMap((model) => [
        [`${model} best`, detector(model)],
        ...(everyFrame
          ? [
              [`${model} every`, detector(model, INFER_ALL)],
              [`${model} floor`, floor(model)],
            ]
          : []),
      ]),
    ),
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
