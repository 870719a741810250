import type { Detection } from '../detection.ts';
import type { FaceModel, RgbImage } from './face-model.ts';
import { type FittedImage, fitImage } from './fit-image.ts';
import { freeArrays } from './free-arrays.ts';
import { suppressNonMaxima } from './non-maximum-suppression.ts';
import { OneAtATime } from './one-at-a-time.ts';
import { type Network, openNetwork, type RunOptions } from './onnx-session.ts';
import { decodeYunet } from './yunet-decode.ts';
import { readYunetFile, YUNET } from './yunet-file.ts';

const MAX_SIDE = 640;
const SIDE_MULTIPLE = 32;
const MAX_IOU = 0.45;

/** YuNet-n with its 5 landmarks, from a verified file. */
export class YunetFaceModel implements FaceModel {
  readonly name = 'yunet';
  readonly sha256 = YUNET.sha256;
  readonly defaultMinScore = 0.6;
  readonly #network: Network;
  #planes = new Float32Array();
  readonly #queue = new OneAtATime();

  constructor(network: Network) {
    this.#network = network;
  }

  async detect(image: RgbImage, minScore: number): Promise<Detection[]> {
    return await this.#queue.run(() => this.#detectAlone(image, minScore));
  }

  /** Never twice at once: the network's input is one buffer for all pictures, 3 MB of garbage a frame being too much. */
  async #detectAlone(image: RgbImage, minScore: number): Promise<Detection[]> {
    const input = await fitImage(image, MAX_SIDE, SIDE_MULTIPLE);
    const { width, height, scaleX, scaleY } = input;
    if (this.#planes.length !== width * height * 3) this.#planes = new Float32Array(width * height * 3);
    writePlanarBgr(input, this.#planes);
    freeArrays([input.data]);
    const candidates = await this.#network.run(
      { input: { data: this.#planes, shape: [1, 3, height, width] } },
      (outputs) => decodeYunet(outputs, width, minScore),
    );
    return suppressNonMaxima(candidates, MAX_IOU).map(({ box, score, landmarks }) => ({
      box: { x: box.x * scaleX, y: box.y * scaleY, width: box.width * scaleX, height: box.height * scaleY },
      score,
      landmarks: landmarks.map(([x, y]) => [x * scaleX, y * scaleY]),
    }));
  }

  async close(): Promise<void> {
    await this.#queue.run(() => this.#network.close());
  }
}

/** @throws ModelError `model-missing`, `hash-mismatch`, `package-missing`, `runtime-failed`. */
export async function openYunet(modelsPath: string, options: RunOptions): Promise<YunetFaceModel> {
  return new YunetFaceModel(await openNetwork(await readYunetFile(modelsPath), options));
}

function writePlanarBgr({ data, width, height }: FittedImage, planes: Float32Array): void {
  const area = width * height;
  for (let pixel = 0, byte = 0; pixel < area; pixel++, byte += 3) {
    planes[pixel] = data[byte + 2] as number;
    planes[area + pixel] = data[byte + 1] as number;
    planes[area * 2 + pixel] = data[byte] as number;
  }
}
