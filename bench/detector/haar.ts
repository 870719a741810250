import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { PYTHON } from '../../test/support/parts.ts';
import { type Cost, costOf } from '../measuring/cpu-of.ts';
import type { SentImage } from '../visit-score/score-visits.ts';
import { runProgram } from './run-program.ts';

const SCRIPT = join(import.meta.dirname, 'haar.py');
/** Where Debian's package opencv-data puts it. */
const CASCADE = '/usr/share/opencv4/haarcascades/haarcascade_frontalface_default.xml';

const line = z.union([
  z.object({ frame: z.number(), box: z.tuple([z.number(), z.number(), z.number(), z.number()]), bytes: z.number() }),
  z.object({ frames: z.number(), faces: z.number(), bytes: z.number() }),
]);

export interface HaarRun extends Cost {
  readonly frames: number;
  readonly images: readonly SentImage[];
}

/** What is missing for the Haar detector and the command that installs it; undefined where nothing is. */
export function haarLacks(): string | undefined {
  try {
    execFileSync(PYTHON, ['-c', 'import cv2'], { stdio: 'ignore' });
    if (existsSync(CASCADE)) return undefined;
  } catch {
    // Told below.
  }
  return "The Haar detector needs Debian's OpenCV: sudo apt-get install --no-install-recommends python3-opencv opencv-data";
}

/** Plays a video through the Haar detector. */
export async function runHaar(video: string): Promise<HaarRun> {
  const { result, ...cost } = await costOf(() => runProgram(PYTHON, [SCRIPT, video, CASCADE]));
  const images: SentImage[] = [];
  let frames = 0;
  for (const text of result.trim().split('\n')) {
    const read = line.parse(JSON.parse(text));
    if ('frames' in read) frames = read.frames;
    else {
      const [x, y, width, height] = read.box;
      images.push({ frameIndex: read.frame, box: { x, y, width, height }, bytes: read.bytes });
    }
  }
  return { ...cost, frames, images };
}
