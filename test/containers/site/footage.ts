import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { ffmpeg } from '../../support/clips.ts';
import { makePhotos, PHOTOS } from '../../support/photos.ts';

/** So many frames, at one a second, outlast the whole proof. */
const FRAMES = 3_600;
const PHOTOGRAPHS = 6;

/** Footage in a folder: `photos/`, over and over the same few, and `clip.mp4`, four seconds of two groups of people. */
export async function makeFootage(folder: string): Promise<void> {
  const photos = join(folder, 'photos');
  mkdirSync(photos, { recursive: true });
  const made = await makePhotos(photos, PHOTOGRAPHS);
  for (let frame = PHOTOGRAPHS; frame < FRAMES; frame += 1) {
    const name = made[frame % PHOTOGRAPHS]?.split('/').at(-1) ?? '';
    symlinkSync(name, join(photos, `photo-${frame + 1}.jpg`));
  }
  const inputs = PHOTOS.slice(0, 2).flatMap((photo) => ['-loop', '1', '-t', '2', '-i', photo]);
  const fit = 'fps=5,scale=960:720:force_original_aspect_ratio=decrease,pad=960:720:-1:-1,setsar=1,format=yuv420p';
  const filter = `[0]${fit}[a];[1]${fit}[b];[a][b]concat=n=2`;
  await ffmpeg(...inputs, '-filter_complex', filter, '-c:v', 'libx264', join(folder, 'clip.mp4'));
}
