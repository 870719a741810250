import { execFileSync } from 'node:child_process';
import { cpus } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { requirePart } from '../../test/support/parts.ts';
import { atMost, type Figure } from '../measuring/figure.ts';
import { timesOf } from '../measuring/process-status.ts';
import { type BenchContext, emptyFolder } from './bench-context.ts';
import { DetectorProcess } from './detector.ts';
import { atRate, cutOut, looped, type Video } from './media.ts';
import { serveVideos } from './rtsp-videos.ts';

const CAMERAS = 4;
const FPS = 10;
const CORES = 2;
/** Each camera is so much further in the video than the one before; a multiple of the 2 s between key frames. */
const APART_SECONDS = 12;
const START_SECONDS = 10;

/** Whether four cameras at once, in one service with YuNet on two cores, lose frames. */
export async function cameraFigures(context: BenchContext, video: Video, seconds: number): Promise<Figure[]> {
  const slow = await atRate(video, FPS, context.folder);
  const length = seconds + 2 * START_SECONDS;
  const long = await looped(slow, length + CAMERAS * APART_SECONDS, context.folder);
  const videos: Video[] = [];
  for (let n = 0; n < CAMERAS; n += 1) videos.push(await cutOut(long, n * APART_SECONDS, length, context.folder));
  const paths = videos.map(({ path }) => path);
  const figures = [await watchCameras(context, 'files in real time', paths, seconds)];
  const rtsp = requirePart('rtsp');
  if (!rtsp.present) {
    context.say(`Without RTSP cameras: ${rtsp.install}`);
    return figures;
  }
  const server = await serveVideos(paths);
  try {
    figures.push(await watchCameras(context, 'RTSP', server.urls, seconds));
  } finally {
    await server.stop();
  }
  return figures;
}

async function watchCameras(
  context: BenchContext,
  kind: string,
  sources: readonly string[],
  seconds: number,
): Promise<Figure> {
  const { brokerUrl, modelsPath, say } = context;
  say(`${CAMERAS} cameras, ${kind}: ${seconds} s`);
  const detector = await DetectorProcess.start({
    ...{ brokerUrl, modelsPath, model: 'yunet', folder: emptyFolder(context), pace: 'realtime' },
    cameras: sources.map((source) => ({ source })),
  });
  if (cpus().length > CORES) execFileSync('taskset', ['-a', '-c', '-p', `0-${CORES - 1}`, String(detector.pid)]);
  // Opening a session with a camera takes a moment; what is lost after that is counted.
  await sleep(START_SECONDS * 1000);
  const before = await look(detector);
  await sleep(seconds * 1000);
  const after = await look(detector);
  await detector.stop();
  const dropped = after.dropped - before.dropped;
  const frames = after.frames - before.frames;
  const unseen = seconds * FPS * CAMERAS - frames - dropped;
  const cores = (after.cpuSeconds - before.cpuSeconds) / ((after.atMs - before.atMs) / 1000);
  return {
    name: `frames dropped, ${CAMERAS} × 720p, ${kind}`,
    goal: '0',
    measured: String(dropped),
    ofGoal: frames < seconds * FPS * CAMERAS * 0.95 ? Number.NaN : atMost(dropped, 0),
    note: `${frames} frames seen in ${seconds} s, of ${seconds * FPS * CAMERAS}${unseen > 0 ? ` (${unseen} neither seen nor counted as dropped: passed over for coming too close together, or not sent)` : ''}; ${before.dropped} dropped in the ${START_SECONDS} s before; ${cores.toFixed(2)} cores used, ffmpeg included`,
  };
}

async function look(detector: DetectorProcess) {
  return {
    atMs: performance.now(),
    frames: (await detector.metric('camera_frames')) ?? 0,
    dropped: (await detector.metric('camera_frames_dropped')) ?? 0,
    cpuSeconds: [detector.pid, ...detector.ffmpegPids].reduce((sum, pid) => sum + timesOf(pid).ownSeconds, 0),
  };
}
