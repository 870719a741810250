import { setTimeout as sleep } from 'node:timers/promises';
import { atMost, type Figure } from '../measuring/figure.ts';
import { memoryOf } from '../measuring/process-status.ts';
import { slope } from '../measuring/statistics.ts';
import { type BenchContext, emptyFolder, type ModelName } from './bench-context.ts';
import { DetectorProcess } from './detector.ts';
import { looped, type Video } from './media.ts';

const MIB = 2 ** 20;
const GOALS_MIB = { ssd: 250, yunet: 160 } as const;
/** Of a run of 30 minutes, so that it is seen and not the noise of a collection. */
const MAX_GROWTH_MIB = 10;
const SAMPLE_MS = 5_000;
const FLAT_FROM_MINUTES = 30;

/** Resident memory of the service alone, without its ffmpeg, while a video plays in real time over and over. */
export async function memoryFigures(context: BenchContext, video: Video, minutes: number): Promise<Figure[]> {
  const long = await looped(video, minutes * 60 + 30, context.folder);
  // At the same time: two more half-hours would tell nothing new.
  const figures = await Promise.all(context.models.map((model) => measure(context, long, model, minutes)));
  return figures.flat();
}

async function measure(context: BenchContext, video: Video, model: ModelName, minutes: number): Promise<Figure[]> {
  const { brokerUrl, modelsPath, say } = context;
  const detector = await DetectorProcess.start({
    ...{ brokerUrl, model, modelsPath, folder: emptyFolder(context), pace: 'realtime' },
    cameras: [{ source: video.path }],
    environment: { SIGHTLINE_DEVICE: `bench-${model}` },
  });
  await detector.decoding();
  const startedMs = performance.now();
  const samples: (readonly [minute: number, mib: number])[] = [];
  let peakMib = 0;
  let fileMib = 0;
  for (let next = 1; next * SAMPLE_MS <= minutes * 60_000; next += 1) {
    await sleep(startedMs + next * SAMPLE_MS - performance.now());
    const { residentBytes, peakBytes, fileBytes } = memoryOf(detector.pid);
    peakMib = peakBytes / MIB;
    fileMib = fileBytes / MIB;
    samples.push([(next * SAMPLE_MS) / 60_000, residentBytes / MIB]);
    if ((next * SAMPLE_MS) % 60_000 === 0)
      say(`memory, ${model}, minute ${(next * SAMPLE_MS) / 60_000}: ${(residentBytes / MIB).toFixed(1)} MiB`);
  }
  const [frames, dropped] = [await detector.metric('camera_frames'), await detector.metric('camera_frames_dropped')];
  await detector.stop();
  const most = Math.max(...samples.map(([, mib]) => mib));
  const growth = slope(samples.filter(([minute]) => minute > minutes / 3)) * FLAT_FROM_MINUTES;
  const isLong = minutes >= FLAT_FROM_MINUTES;
  return [
    {
      name: `resident memory, ${model}`,
      goal: `≤ ${GOALS_MIB[model]} MiB`,
      measured: `${peakMib.toFixed(0)} MiB`,
      ofGoal: atMost(peakMib, GOALS_MIB[model]),
      note: `the most there ever was (VmHWM); sampled every ${SAMPLE_MS / 1000} s: ${most.toFixed(0)} at most, ${samples.at(-1)?.[1].toFixed(0)} at the end, ${fileMib.toFixed(0)} of them programs and libraries; ${frames} frames seen, ${dropped} dropped`,
    },
    {
      name: `growth of it, ${model}`,
      goal: `flat: ≤ ${MAX_GROWTH_MIB} MiB in 30 min`,
      measured: `${growth.toFixed(1)} MiB in 30 min`,
      ...(isLong ? { ofGoal: atMost(Math.max(0, growth), MAX_GROWTH_MIB) } : {}),
      note: `by the line through the last two thirds of ${minutes} min${isLong ? '' : ': too short to judge, see --minutes 30'}`,
    },
  ];
}
