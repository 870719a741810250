import { atMost, type Figure } from '../measuring/figure.ts';
import { percentile } from '../measuring/statistics.ts';
import { type BenchContext, emptyFolder } from './bench-context.ts';
import { DetectorProcess } from './detector.ts';
import { atRate, type Video } from './media.ts';
import { ObjectWatch } from './object-watch.ts';
import { startSite } from './site.ts';

const FPS = 10;
const GOALS_MS = { 50: 60, 99: 200 } as const;

/**
 * How long after its frame each face is in the store: every face of a video in real time, at 10 frames a second, through
 * all services.
 *
 * A frame's time is when it is due in the video, and the detector has it then: the decoder works ahead. As with a camera,
 * the way through ffmpeg is not in it.
 */
export async function latencyFigures(context: BenchContext, video: Video): Promise<Figure[]> {
  const slow = await atRate(video, FPS, context.folder);
  const figures: Figure[] = [];
  for (const model of context.models) {
    const folder = emptyFolder(context);
    const site = await startSite(folder);
    const objects = new ObjectWatch(site.store, { device: 'bench', camera: 'camera-0' });
    const detector = await DetectorProcess.start({
      ...{ brokerUrl: site.brokerUrl, model, modelsPath: context.modelsPath, folder, pace: 'realtime' },
      cameras: [{ source: slow.path }],
      environment: { SIGHTLINE_CAPTURE_MODE: 'every' },
    });
    context.say(`latency, ${model}: ${slow.seconds.toFixed(0)} s in real time`);
    await detector.decoding();
    await detector.settled();
    const dropped = (await detector.metric('camera_frames_dropped')) ?? Number.NaN;
    const captured = (await detector.metric('captures_total')) ?? Number.NaN;
    await detector.stop();
    await site.stop();
    const waitsMs = (await objects.stop()).map(({ capturedAtMs, storedAtMs }) => storedAtMs - capturedAtMs);
    if (waitsMs.length !== captured)
      throw new Error(`Expected all ${captured} captures in the store, got ${waitsMs.length}.`);
    figures.push(
      ...([50, 99] as const).map((percent) => ({
        name: `frame to stored object p${percent}, ${model}`,
        goal: `≤ ${GOALS_MS[percent]} ms`,
        measured: `${percentile(waitsMs, percent).toFixed(0)} ms`,
        ofGoal: atMost(percentile(waitsMs, percent), GOALS_MS[percent]),
        ...(percent === 50
          ? {
              note: `${captured} captures of ${slow.frames} frames at ${FPS} a second, ${dropped} dropped; fastest ${Math.min(...waitsMs).toFixed(0)} ms, p90 ${percentile(waitsMs, 90).toFixed(0)} ms, slowest ${Math.max(...waitsMs).toFixed(0)} ms`,
            }
          : {}),
      })),
    );
  }
  return figures;
}
