import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { intersectionOverUnion } from '../../src/edge/face-detector/intersection-over-union.ts';
import { loadFaceModel } from '../../src/edge/face-detector/models/face-model.ts';
import { decodeImage } from '../../src/edge/face-detector/sources/decode-image.ts';
import { readVisitTruth, type VisitTruth } from '../visit-score/visit-truth.ts';
import { type MadeScene, makeScene } from './make-scene.ts';
import { Path } from './path.ts';
import { portraits } from './portraits.ts';
import { paintRoom } from './room.ts';
import type { Actor, Scene } from './scene.ts';

const FPS = 10;
const portrait = (number: number) => portraits()[number] as Actor['portrait'];

/** Anna comes in, stands from 1 s to 3 s, with her back to the camera for 0.3 s of it; Ben passes behind a pillar. */
const SCENE: Scene = {
  name: 'short',
  fps: FPS,
  seconds: 4,
  seed: 7,
  background: () => paintRoom(7),
  actors: [
    {
      id: 'anna',
      portrait: portrait(18),
      path: new Path([
        { at: 0, x: -150, y: 330, face: 100 },
        { at: 1, x: 300, y: 330, face: 100 },
        { at: 3, x: 300, y: 330, face: 100 },
      ]),
      depth: 1,
      turnedAway: [{ from: 2, to: 2.3 }],
    },
    {
      id: 'ben',
      portrait: portrait(5),
      path: new Path([
        { at: 0, x: 1200, y: 300, face: 80 },
        { at: 4, x: 600, y: 300, face: 80 },
      ]),
      depth: 3,
    },
  ],
  props: [
    {
      depth: 2,
      look: { type: 'pillar', width: 130, shade: 50 },
      path: new Path([
        { at: -1, x: 900, y: 360, face: 100 },
        { at: 5, x: 900, y: 360, face: 100 },
      ]),
    },
  ],
  longestExposureSeconds: 1 / 20,
  noise: 1.5,
};

let folder: string;
let made: MadeScene;
let truth: VisitTruth;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sightline-make-scene-'));
  made = await makeScene(SCENE, folder);
  truth = await readVisitTruth(made.truth);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

function visit(id: string): VisitTruth['visits'][number] {
  const found = truth.visits.find((one) => one.id === id);
  if (!found) throw new Error(`Expected a visit of ${id}`);
  return found;
}

async function frame(index: number) {
  const picture = join(folder, `${index}.png`);
  await promisify(execFile)('ffmpeg', [
    ...['-v', 'error', '-y', '-i', made.video, '-vf', `select=eq(n\\,${index})`, '-frames:v', '1', picture],
  ]);
  return decodeImage(picture);
}

describe('makeScene', () => {
  it('makes a video of as many frames as the truth says', async () => {
    const { stdout } = await promisify(execFile)('ffprobe', [
      ...[
        '-v',
        'error',
        '-count_frames',
        '-show_entries',
        'stream=codec_name,width,height,r_frame_rate,nb_read_frames',
      ],
      ...['-of', 'csv=p=0', made.video],
    ]);
    expect(stdout.trim()).toBe('h264,1280,720,10/1,40');
    expect(truth).toMatchObject({ fps: FPS, frames: 40, width: 1280, height: 720 });
  });

  it('makes the same again', async () => {
    const again = await makeScene({ ...SCENE, name: 'again' }, folder);
    expect(await readFile(again.truth, 'utf8')).toBe(await readFile(made.truth, 'utf8'));
    expect((await readFile(again.video)).equals(await readFile(made.video))).toBe(true);
  });

  it('has a box wherever a face is seen, and only there', () => {
    const { boxes, sharp, partial } = visit('anna');
    const frames = [...boxes.keys()];
    // She stands with her face at 300 ± 50, but for three frames with her back to the camera.
    expect(boxes.get(15)).toMatchObject({ width: 100 });
    expect(boxes.get(15)?.x).toBeCloseTo(250, -0.5);
    expect(frames.filter((number) => number >= 20 && number < 23)).toEqual([]);
    expect(frames.at(-1)).toBe(30);
    // Half beyond the border she is partly seen.
    expect([...partial.keys()].every((number) => number < Math.min(...frames))).toBe(true);
    expect(sharp.has(15) && sharp.has(25)).toBe(true);
    expect([...sharp].every((number) => number > 8 && boxes.has(number))).toBe(true);
  });

  it('has no box of a face that a pillar hides', () => {
    const { boxes, partial, sharp } = visit('ben');
    const hidden = Array.from({ length: 40 }, (_, number) => number).filter((number) => !boxes.has(number));
    // He walks 15 pixels a frame, and is hidden where his middle is less than 65 from the pillar's.
    expect(hidden).toEqual([16, 17, 18, 19, 20, 21, 22, 23, 24]);
    expect([...partial.keys()].every((number) => hidden.includes(number))).toBe(true);
    expect([...sharp]).toEqual([]);
  });

  it('shows faces that the built-in model finds where the truth has them, and nobody else', async () => {
    const model = await loadFaceModel({ model: 'ssd', modelsPath: folder });
    for (const index of [15, 26]) {
      const found = await model.detect(await frame(index), model.defaultMinScore);
      const there = truth.visits.flatMap(({ boxes }) => boxes.get(index) ?? []);
      expect(there).toHaveLength(2);
      expect(found).toHaveLength(2);
      for (const box of there) {
        expect(Math.max(...found.map((face) => intersectionOverUnion(face.box, box)))).toBeGreaterThan(0.5);
      }
    }
    await model.close();
  });

  it('blurs who moves, along the way, and nobody who stands', async () => {
    const moving = await steepness(5);
    const standing = await steepness(15);
    expect(moving.across).toBeLessThan(0.5 * standing.across);
    expect(moving.across / moving.down).toBeLessThan(0.6 * (standing.across / standing.down));
  });
});

/** Mean squared difference of neighbouring pixels in the middle of Anna's face, across and down. */
async function steepness(index: number): Promise<{ across: number; down: number }> {
  const { data, width } = await frame(index);
  const box = visit('anna').boxes.get(index);
  if (!box) throw new Error(`Expected a box in frame ${index}`);
  const sum = { across: 0, down: 0 };
  for (let y = Math.round(box.y + box.height * 0.25); y < box.y + box.height * 0.75; y += 1) {
    for (let x = Math.round(box.x + box.width * 0.25); x < box.x + box.width * 0.75; x += 1) {
      const at = (y * width + x) * 3;
      sum.across += ((data[at + 3] as number) - (data[at] as number)) ** 2;
      sum.down += ((data[at + width * 3] as number) - (data[at] as number)) ** 2;
    }
  }
  return sum;
}
