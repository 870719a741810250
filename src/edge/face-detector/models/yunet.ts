import type { Detection } from '../detection.ts';
import type { Picture } from '../picture/picture.ts';
import type { FaceModel } from './face-model.ts';
import { NetworkInput } from './network-input.ts';
import { suppressNonMaxima } from './non-maximum-suppression.ts';
import { OneAtATime } from './one-at-a-time.ts';
import { type Network, openNetwork, type RunOptions } from './onnx-session.ts';
import { decodeYunet } from './yunet-decode.ts';
import { readYunetFile, YUNET } from './yunet-file.ts';

const INPUT = { maxSide: 640, sideMultiple: 32, order: 'bgr' } as const;
const MAX_IOU = 0.45;

/** YuNet-n with its 5 landmarks, from a verified file. */
export class YunetFaceModel implements FaceModel {
  readonly name = 'yunet';
  readonly sha256 = YUNET.sha256;
  readonly defaultMinScore = 0.6;
  readonly #network: Network;
  readonly #input = new NetworkInput(INPUT);
  readonly #queue = new OneAtATime();

  constructor(network: Network) {
    this.#network = network;
  }

  async detect(picture: Picture, minScore: number): Promise<Detection[]> {
    return await this.#queue.run(() => this.#detectAlone(picture, minScore));
  }

  /** Never twice at once: the input is one buffer for all pictures. */
  async #detectAlone(picture: Picture, minScore: number): Promise<Detection[]> {
    const { planes, paddedWidth, paddedHeight, scaleX, scaleY } = await this.#input.prepare(picture);
    const candidates = await this.#network.run(
      { input: { data: planes, shape: [1, 3, paddedHeight, paddedWidth] } },
      (outputs) => decodeYunet(outputs, paddedWidth, minScore),
    );
    return suppressNonMaxima(candidates, MAX_IOU).map(({ box, score, landmarks }) => ({
      box: { x: box.x * scaleX, y: box.y * scaleY, width: box.width * scaleX, height: box.height * scaleY },
      score,
      landmarks: landmarks.map(([x, y]) => [x * scaleX, y * scaleY]),
    }));
  }

  async close(): Promise<void> {
    await this.#queue.run(async () => {
      await this.#input.close();
      await this.#network.close();
    });
  }
}

/** @throws ModelError `model-missing`, `hash-mismatch`, `package-missing`, `runtime-failed`. */
export async function openYunet(modelsPath: string, options: RunOptions): Promise<YunetFaceModel> {
  return new YunetFaceModel(await openNetwork(await readYunetFile(modelsPath), options));
}
