import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { runProgram } from './run-program.ts';

const H264 = ['-c:v', 'libx264', '-preset', 'veryfast', '-crf', '20', '-pix_fmt', 'yuv420p'];

/** A video and what is known of it. */
export interface Video {
  readonly path: string;
  readonly frames: number;
  readonly seconds: number;
}

/** Counts the frames by decoding nothing: the packets of its video stream. */
export async function openVideo(path: string): Promise<Video> {
  if (!existsSync(path)) throw new Error(`Expected a video at ${path}, got none.`);
  const text = await runProgram('ffprobe', [
    ...['-v', 'error', '-select_streams', 'v:0', '-count_packets'],
    ...['-show_entries', 'stream=nb_read_packets:format=duration', '-of', 'json', path],
  ]);
  const { streams, format } = JSON.parse(text);
  return { path, frames: Number(streams[0].nb_read_packets), seconds: Number(format.duration) };
}

/** Its first frame as a video of one frame: what playing it costs is the start and the end of a program. */
export async function firstFrameOf({ path }: Video, folder: string): Promise<Video> {
  const one = join(folder, `first-frame-${nameOf(path)}`);
  await ffmpeg(['-i', path, '-frames:v', '1', '-c', 'copy', one]);
  return openVideo(one);
}

/** The video over and over, without encoding it anew, for so long at least. */
export async function looped({ path, seconds }: Video, atLeastSeconds: number, folder: string): Promise<Video> {
  const long = join(folder, `looped-${nameOf(path)}`);
  const again = Math.ceil(atLeastSeconds / seconds) - 1;
  await ffmpeg(['-stream_loop', String(Math.max(0, again)), '-i', path, '-c', 'copy', long]);
  return openVideo(long);
}

/** The video with so many frames a second, encoded anew. */
export async function atRate({ path }: Video, fps: number, folder: string): Promise<Video> {
  const thinned = join(folder, `${fps}-fps-${nameOf(path)}`);
  // A key frame every 2 s, wherever the pictures change: the file can be cut there.
  const keys = ['-g', String(fps * 2), '-sc_threshold', '0', '-bf', '0'];
  await ffmpeg(['-i', path, '-vf', `fps=${fps}`, ...H264, ...keys, thinned]);
  return openVideo(thinned);
}

/** So many seconds of a video from a whole second on; both must be at key frames. */
export async function cutOut({ path }: Video, from: number, seconds: number, folder: string): Promise<Video> {
  const part = join(folder, `from-${from}-${nameOf(path)}`);
  await ffmpeg(['-ss', String(from), '-i', path, '-t', String(seconds), '-c', 'copy', part]);
  return openVideo(part);
}

async function ffmpeg(args: readonly string[]): Promise<void> {
  await runProgram('ffmpeg', ['-v', 'error', '-nostdin', '-y', ...args]);
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
