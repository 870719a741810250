import type { Box, Detection, Point } from '../../src/edge/face-detector/detection.ts';
import type { Frame } from '../../src/edge/face-detector/frame.ts';
import { yuvLayout } from '../../src/edge/face-detector/picture/picture.ts';
import { yuvColour } from '../../src/edge/face-detector/picture/yuv-to-rgb.ts';

export const DRAWN_SIZE = { width: 320, height: 180 } as const;
const PATCH = 4;
const ROOM = Uint8Array.from(
  { length: DRAWN_SIZE.width * DRAWN_SIZE.height },
  (_, at) => 90 + ((at % DRAWN_SIZE.width) >> 4),
);

/** A rectangle of sharp patches in a grey room, and what a model would say of it. */
export interface DrawnFace {
  readonly box: Box;
  /** Another person has other patches. */
  readonly person?: number;
  /** 0: looks into the camera; 1: full profile. */
  readonly turned?: number;
  /** 0–1. */
  readonly score?: number;
}

export interface DrawnFrameOptions {
  readonly atMs: number;
  readonly index?: number;
  readonly cut?: boolean;
  readonly layout?: 'i420' | 'rgb';
}

/** A face of 48 × 60 pixels, wholly in the frame. */
export function drawnFace(x = 100, y = 60, more: Partial<DrawnFace> = {}): DrawnFace {
  return { box: { x, y, width: 48, height: 60 }, ...more };
}

/** A frame of 320 × 180 with these faces; in colour, so that a wrong conversion shows. */
export function drawFrame(
  faces: readonly DrawnFace[],
  { atMs, index = 0, cut = false, layout = 'i420' }: DrawnFrameOptions,
): Frame {
  const { width, height } = DRAWN_SIZE;
  const facts = { width, height, index, cut, capturedAt: new Date(atMs) };
  const luma = drawLuma(faces);
  if (layout === 'rgb') {
    const data = new Uint8Array(width * height * 3);
    for (const [at, value] of luma.entries()) data.set([value + 20, value, value - 20], at * 3);
    return { ...facts, data };
  }
  const data = new Uint8Array(yuvLayout({ width, height }).bytes)
    .fill(110, width * height)
    .fill(150, (width * height * 5) / 4);
  data.set(luma);
  return { ...facts, data, colour: yuvColour('bt709', false) };
}

/** What a model that makes no mistakes says of it: box, and landmarks as YuNet gives them. */
export function detectionOf({ box, turned = 0, score = 0.9 }: DrawnFace): Detection {
  const at = (across: number, down: number): Point => [box.x + across * box.width, box.y + down * box.height];
  const nose = at(0.5 + 0.4 * 0.6 * turned, 0.55);
  return { box, score, landmarks: [at(0.3, 0.4), at(0.7, 0.4), nose, at(0.35, 0.75), at(0.65, 0.75)] };
}

function patch({ box, person = 1 }: DrawnFace, x: number, y: number): number {
  const [column, row] = [Math.floor((x - box.x) / PATCH), Math.floor((y - box.y) / PATCH)];
  return 50 + (Math.imul((column + 1) * 73 + (row + 1) * 151 + person * 977, 2654435761) >>> 24) / 1.6;
}

function drawLuma(faces: readonly DrawnFace[]): Uint8Array {
  const { width, height } = DRAWN_SIZE;
  const luma = Uint8Array.from(ROOM);
  for (const face of faces) {
    const { box } = face;
    for (let y = Math.max(0, box.y); y < Math.min(height, box.y + box.height); y += 1) {
      for (let x = Math.max(0, box.x); x < Math.min(width, box.x + box.width); x += 1) {
        luma[y * width + x] = patch(face, x, y);
      }
    }
  }
  return luma;
}
