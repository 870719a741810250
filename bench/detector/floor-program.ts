/**
 * The least that finding faces in a video can cost: the detector's own ffmpeg child, its frames read, and the model's
 * inference alone, on an input that is ready. Run by floor.ts as a process of its own:
 *
 *   node floor-program.ts VIDEO ssd|yunet|none MODELS_PATH FRAMES INFERENCES
 *
 * Inferences are spread evenly over the frames. `none` throws the frames away; throwing away the bytes as they come, without
 * making frames of them, costs the same (measured). Prints JSON.
 */
import { ffmpegInvocation } from '../../src/edge/face-detector/sources/ffmpeg-arguments.ts';
import { findFfmpeg } from '../../src/edge/face-detector/sources/ffmpeg-program.ts';
import { FfmpegRun } from '../../src/edge/face-detector/sources/ffmpeg-run.ts';
import type { BareInference } from './bare-inference.ts';

const [video = '', choice = '', modelsPath = '', frameCount = '', inferenceCount = ''] = process.argv.slice(2);
const program = await findFfmpeg();
const invocation = ffmpegInvocation({ type: 'file', path: video }, program.version, { networkTimeoutMs: 0 });
const run = new FfmpegRun(program.path, invocation);
let bare: BareInference | undefined;
let frames = 0;
let inferences = 0;
run.start();
for (let frame = await run.next(); frame !== undefined; frame = await run.next()) {
  const { width, height } = frame;
  frame.release();
  frames += 1;
  if (choice !== 'ssd' && choice !== 'yunet') continue;
  bare ??= await (await import('./bare-inference.ts')).bareInference(choice, modelsPath, { width, height });
  if (Math.floor((frames * Number(inferenceCount)) / Number(frameCount)) <= inferences) continue;
  await bare.infer();
  inferences += 1;
}
if (run.exitCode !== 0) throw new Error(`Expected ffmpeg to end well, got: ${run.lastWords}`);
const inputShape = bare?.inputShape ?? [];
console.log(JSON.stringify({ frames, inferences, inputShape, ffmpegArguments: invocation.args }));
// The inference session has threads that would hold the process.
process.exit(0);
