import type { InferenceSession } from 'onnxruntime-node';
import { freeArrays } from '../../src/edge/face-detector/free-arrays.ts';
import { loadFaceModel } from '../../src/edge/face-detector/models/face-model.ts';
import { requireOnnxRuntime } from '../../src/edge/face-detector/models/onnx-session.ts';

type Feeds = Parameters<InferenceSession['run']>[0];
/** How the models call it. */
interface Session {
  run(feeds: Feeds): ReturnType<InferenceSession['run']>;
}

export interface BareInference {
  /** Of the network's only input: 1 × 3 × height × width. */
  readonly inputShape: readonly number[];
  infer(): Promise<void>;
}

/**
 * A face model's network alone: no shrinking, no colours, no boxes, no landmarks. What the model hands to ONNX Runtime for one grey
 * picture of that size is kept and run again at each call: the network's work does not depend on what it sees.
 */
export async function bareInference(
  choice: 'ssd' | 'yunet',
  modelsPath: string,
  { width, height }: { readonly width: number; readonly height: number },
): Promise<BareInference> {
  // The types call it a factory; it is a class.
  const { prototype } = requireOnnxRuntime().InferenceSession as unknown as { prototype: Session };
  const { run } = prototype;
  let kept: { session: Session; feeds: Feeds } | undefined;
  prototype.run = async function (feeds) {
    kept ??= { session: this, feeds: copyOf(feeds) };
    return run.call(this, feeds);
  };
  const model = await loadFaceModel({ model: choice, modelsPath });
  // RGB goes to the network without any other network before it.
  await model.detect({ width, height, data: Buffer.alloc(width * height * 3, 128) }, 0.99);
  prototype.run = run;
  if (!kept) throw new Error(`Expected the model ${choice} to run its network, got none.`);
  const { session, feeds } = kept;
  return {
    inputShape: Object.values(feeds)[0]?.dims ?? [],
    async infer() {
      const outputs = await session.run(feeds);
      freeArrays(Object.values(outputs).map(({ data }) => data as Float32Array));
    },
  };
}

/** The model frees or overwrites what it hands over. */
function copyOf(feeds: Feeds): Feeds {
  const { Tensor } = requireOnnxRuntime();
  return Object.fromEntries(
    Object.entries(feeds).map(([name, { type, data, dims }]) => [
      name,
      type === 'uint8'
        ? new Tensor(type, Uint8Array.from(data as Uint8Array), dims)
        : new Tensor('float32', Float32Array.from(data as Float32Array), dims),
    ]),
  );
}
