import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Figure } from '../measuring/figure.ts';
import { makeScene } from '../scenes/make-scene.ts';
import { SCENES } from '../scenes/scenes.ts';
import { readVisitTruth } from '../visit-score/visit-truth.ts';
import type { BenchContext } from './bench-context.ts';
import { cameraFigures } from './camera-figures.ts';
import { cpuFigures, emptyFigures } from './cpu-figures.ts';
import { haarLacks } from './haar.ts';
import { latencyFigures } from './latency-figures.ts';
import { openVideo } from './media.ts';
import { memoryFigures } from './memory-figures.ts';
import { runScene } from './scene-runs.ts';
import { visitFigures } from './visit-figures.ts';

export type PartName = 'cpu' | 'visits' | 'empty' | 'memory' | 'latency' | 'cameras';

export interface PartOptions {
  readonly wanted: readonly PartName[];
  readonly scene: string;
  readonly truth: string;
  readonly empty: string | undefined;
  readonly memoryMinutes: number;
  readonly camerasSeconds: number;
}

/** Figures that come of the same runs. */
export interface Part {
  readonly names: readonly PartName[];
  readonly measure: (context: BenchContext, options: PartOptions) => Promise<Figure[]>;
}

/** What is measured, in this order. */
export const PARTS: readonly Part[] = [
  { names: ['cpu', 'visits'], measure: measureScene },
  { names: ['empty'], measure: measureEmptyRoom },
  {
    names: ['memory'],
    measure: async (context, { scene, memoryMinutes }) => memoryFigures(context, await openVideo(scene), memoryMinutes),
  },
  { names: ['latency'], measure: async (context, { scene }) => latencyFigures(context, await openVideo(scene)) },
  {
    names: ['cameras'],
    measure: async (context, { scene, camerasSeconds }) =>
      cameraFigures(context, await openVideo(scene), camerasSeconds),
  },
];

const EMPTY_ROOM_FOLDER = join(import.meta.dirname, '../.cache/scenes/seed-1');

async function measureScene(context: BenchContext, { wanted, scene, truth }: PartOptions): Promise<Figure[]> {
  const lacks = haarLacks();
  if (lacks) context.say(`Without Haar: ${lacks}`);
  const withCpu = wanted.includes('cpu');
  const runs = await runScene(withCpu ? context : { ...context, rounds: 1 }, await openVideo(scene), {
    ...{ isWithHaar: !lacks, models: context.models, isWithFloors: withCpu, isWithDiscard: false },
  });
  const hasTruth = existsSync(truth);
  const withVisits = wanted.includes('visits');
  if (withVisits && !hasTruth) context.say(`Without visits: Expected their truth at ${truth}, got none.`);
  return [
    ...(withCpu ? cpuFigures(runs) : []),
    ...(withVisits && hasTruth ? visitFigures(runs, await readVisitTruth(truth)) : []),
  ];
}

async function measureEmptyRoom(context: BenchContext, { empty }: PartOptions): Promise<Figure[]> {
  const path = empty ?? join(EMPTY_ROOM_FOLDER, 'empty-room.mp4');
  const scene = SCENES['empty-room'];
  if (!empty && !existsSync(path) && scene) {
    context.say('making the scene empty-room');
    await makeScene(scene(1), EMPTY_ROOM_FOLDER);
  }
  const { models } = context;
  const video = await openVideo(path);
  return emptyFigures(
    await runScene(context, video, { isWithHaar: false, models, isWithFloors: false, isWithDiscard: true }),
  );
}
