import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { Box } from '../../src/edge/face-detector/detection.ts';

const boxes = z.record(z.string().regex(/^\d+$/), z.tuple([z.number(), z.number(), z.number(), z.number()]));
const truthFile = z.object({
  fps: z.number().positive(),
  frames: z.number().int().positive(),
  width: z.number().int().positive(),
  height: z.number().int().positive(),
  visits: z.record(
    z.string(),
    z.object({
      portrait: z.string(),
      /** Frame number → [x, y, width, height]: the frames in which the face is seen. */
      boxes,
      /** Numbers of the frames in which it is seen sharp. */
      sharp: z.array(z.number().int().nonnegative()),
      /** As `boxes`, for frames in which only a part of the face is seen: an image of it is of somebody, but covers nothing. */
      partial: boxes.optional(),
    }),
  ),
});

/** What a truth file says, as it is written. */
export type VisitTruthFile = z.input<typeof truthFile>;

/** One person's presence before the camera. */
export interface TrueVisit {
  readonly id: string;
  /** By frame number, in pixels of the frame. */
  readonly boxes: ReadonlyMap<number, Box>;
  readonly partial: ReadonlyMap<number, Box>;
  readonly sharp: ReadonlySet<number>;
}

/** Who was before the camera in a video, and where, frame by frame. */
export interface VisitTruth {
  readonly fps: number;
  readonly frames: number;
  readonly width: number;
  readonly height: number;
  readonly visits: readonly TrueVisit[];
}

/** @throws ZodError when it isn't a truth. */
export function parseVisitTruth(written: unknown): VisitTruth {
  const { visits, ...scene } = truthFile.parse(written);
  return {
    ...scene,
    visits: Object.entries(visits).map(([id, { boxes, partial = {}, sharp }]) => ({
      id,
      boxes: byFrame(boxes),
      partial: byFrame(partial),
      sharp: new Set(sharp),
    })),
  };
}

export async function readVisitTruth(path: string): Promise<VisitTruth> {
  return parseVisitTruth(JSON.parse(await readFile(path, 'utf8')));
}

function byFrame(written: Readonly<Record<string, readonly [number, number, number, number]>>): Map<number, Box> {
  return new Map(
    Object.entries(written).map(([frame, [x, y, width, height]]) => [Number(frame), { x, y, width, height }]),
  );
}
