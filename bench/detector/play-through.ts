import { type Cost, costOf } from '../measuring/cpu-of.ts';
import type { SentImage } from '../visit-score/score-visits.ts';
import type { Collector } from './collector.ts';
import { type DetectorOptions, DetectorProcess } from './detector.ts';

export interface DetectorRun extends Cost {
  readonly frames: number;
  /** Frames that the model was run on. */
  readonly inferences: number;
  readonly images: readonly SentImage[];
  readonly ffmpegArguments: readonly string[];
}

export interface PlayOptions extends Omit<DetectorOptions, 'pace' | 'cameras'> {
  readonly video: string;
  readonly collector: Collector;
}

/** Plays a video through the face-detector as fast as it goes. */
export async function playThrough({ video, collector, ...options }: PlayOptions): Promise<DetectorRun> {
  collector.take();
  const { result, ...cost } = await costOf(async () => {
    const detector = await DetectorProcess.start({ ...options, pace: 'max', cameras: [{ source: video }] });
    const ffmpegArguments = await detector.decoding();
    await detector.settled();
    const [frames = 0, inferences = 0] = [
      await detector.metric('camera_frames'),
      await detector.metric('inference_seconds_count'),
    ];
    await detector.stop();
    return { frames, inferences, ffmpegArguments };
  });
  return { ...cost, ...result, images: collector.take() };
}
