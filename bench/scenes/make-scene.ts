import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeLayers } from './layers.ts';
import { Renderer } from './render.ts';
import { FRAME_HEIGHT, FRAME_WIDTH, type Scene } from './scene.ts';
import { sceneTruth } from './scene-truth.ts';

export interface MadeScene {
  readonly video: string;
  /** What a scorer reads: visits, boxes, sharp spans. */
  readonly truth: string;
}

/**
 * Makes `<name>.mp4` (H.264) and `<name>.truth.json` in a folder. The same scene gives the same frames; the same version of
 * ffmpeg the same bytes.
 */
export async function makeScene(scene: Scene, folder: string): Promise<MadeScene> {
  await mkdir(folder, { recursive: true });
  const made = { video: join(folder, `${scene.name}.mp4`), truth: join(folder, `${scene.name}.truth.json`) };
  const layers = await makeLayers(scene);
  const truth = sceneTruth(scene, layers);
  const renderer = new Renderer(scene, layers.all, await scene.background());
  await encode(made.video, scene.fps, truth.frames, (index) => renderer.frame(index));
  await writeFile(made.truth, `${JSON.stringify(truth)}\n`);
  return made;
}

async function encode(video: string, fps: number, frames: number, frame: (index: number) => Uint8Array): Promise<void> {
  const ffmpeg = spawn(
    'ffmpeg',
    [
      ...['-hide_banner', '-loglevel', 'error', '-y'],
      ...[
        '-f',
        'rawvideo',
        '-pix_fmt',
        'rgb24',
        '-s',
        `${FRAME_WIDTH}x${FRAME_HEIGHT}`,
        '-r',
        String(fps),
        '-i',
        'pipe:0',
      ],
      ...['-c:v', 'libx264', '-preset', 'veryfast', '-crf', '20', '-pix_fmt', 'yuv420p', '-threads', '1'],
      ...['-fflags', '+bitexact', '-movflags', '+faststart', `file:${video}`],
    ],
    { stdio: ['pipe', 'ignore', 'pipe'] },
  );
  let errors = '';
  ffmpeg.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const closed = once(ffmpeg, 'close');
  // What it died of is in its output; that the pipe broke says nothing more.
  ffmpeg.stdin.on('error', () => undefined);
  for (let index = 0; index < frames && ffmpeg.pid !== undefined && ffmpeg.exitCode === null; index += 1) {
    await new Promise((written) => ffmpeg.stdin.write(frame(index), written));
  }
  ffmpeg.stdin.end();
  const [exitCode] = await closed;
  if (exitCode !== 0) throw new Error(`Expected ffmpeg to make ${video}, got exit code ${exitCode}: ${errors}`);
}
