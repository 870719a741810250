import { join } from 'node:path';
import { z } from 'zod';
import { type Cost, costOf } from '../measuring/cpu-of.ts';
import { runProgram } from './run-program.ts';

const PROGRAM = join(import.meta.dirname, 'floor-program.ts');
const said = z.object({
  frames: z.number(),
  inferences: z.number(),
  /** Of the network; empty without one. */
  inputShape: z.array(z.number()),
  ffmpegArguments: z.array(z.string()),
});

export interface FloorOptions {
  readonly video: string;
  /** `none`: frames are read and thrown away. */
  readonly model: 'ssd' | 'yunet' | 'none';
  readonly modelsPath: string;
  /** Of the video. */
  readonly frames: number;
  readonly inferences: number;
}

export type FloorRun = Cost & z.infer<typeof said>;

/** Runs floor-program.ts. */
export async function runFloor({ video, model, modelsPath, frames, inferences }: FloorOptions): Promise<FloorRun> {
  const args = [PROGRAM, video, model, modelsPath, String(frames), String(inferences)];
  const { result, ...cost } = await costOf(() => runProgram(process.execPath, args));
  return { ...cost, ...said.parse(JSON.parse(result)) };
}
