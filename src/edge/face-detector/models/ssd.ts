import type { Box, Detection } from '../detection.ts';
import type { FaceModel, RgbImage } from './face-model.ts';
import { fitImage } from './fit-image.ts';
import { freeArrays } from './free-arrays.ts';
import { type LandmarkFinder, openLandmarkFinder } from './landmarks.ts';
import { suppressNonMaxima } from './non-maximum-suppression.ts';
import { OneAtATime } from './one-at-a-time.ts';
import { type Network, openNetwork, type RunOptions } from './onnx-session.ts';
import { readWeights, SSD_WEIGHTS, weightNamed, weightsFolder } from './package-weights.ts';
import { type AnchorLevel, anchorGrid, anchorLevels } from './ssd-anchors.ts';
import { decodeSsd } from './ssd-decode.ts';
import { encodeSsdModel } from './ssd-graph.ts';

const MAX_SIDE = 640;
const SIDE_MULTIPLE = 16;
const MAX_IOU = 0.5;

/** face-api's SSD MobileNet v1 with its 68 tiny landmarks, from the weights in the npm package. */
export class SsdFaceModel implements FaceModel {
  readonly name = 'ssd-mobilenet-v1';
  readonly sha256 = SSD_WEIGHTS.sha256;
  readonly defaultMinScore = 0.4;
  readonly #network: Network;
  readonly #queue = new OneAtATime();
  readonly #levels: readonly AnchorLevel[];
  readonly #landmarks: LandmarkFinder;
  #grid: Grid = { width: 0, height: 0, anchors: new Float64Array() };

  constructor(network: Network, levels: readonly AnchorLevel[], landmarks: LandmarkFinder) {
    this.#network = network;
    this.#levels = levels;
    this.#landmarks = landmarks;
  }

  async detect(image: RgbImage, minScore: number): Promise<Detection[]> {
    return await this.#queue.run(() => this.#detectAlone(image, minScore));
  }

  async #detectAlone(image: RgbImage, minScore: number): Promise<Detection[]> {
    const input = await fitImage(image, MAX_SIDE, SIDE_MULTIPLE);
    const { width, height } = input;
    const candidates = await this.#network.run(
      { image: { data: input.data, shape: [1, height, width, 3] } },
      ({ anchors }) => decodeSsd(anchors as Float32Array, this.#anchors(width, height), minScore),
    );
    freeArrays([input.data]);
    const detections: Detection[] = [];
    for (const { box, score } of suppressNonMaxima(candidates, MAX_IOU)) {
      const scaled: Box = {
        x: box.x * input.scaleX,
        y: box.y * input.scaleY,
        width: box.width * input.scaleX,
        height: box.height * input.scaleY,
      };
      detections.push({ box: scaled, score, landmarks: await this.#landmarks.find(image, scaled) });
    }
    return detections;
  }

  async close(): Promise<void> {
    await this.#queue.run(async () => {
      await this.#landmarks.close();
      await this.#network.close();
    });
  }

  #anchors(width: number, height: number): Float64Array {
    if (this.#grid.width !== width || this.#grid.height !== height) {
      this.#grid = { width, height, anchors: anchorGrid(this.#levels, width, height) };
    }
    return this.#grid.anchors;
  }
}

interface Grid {
  readonly width: number;
  readonly height: number;
  readonly anchors: Float64Array;
}

/** @throws ModelError `package-missing`, `hash-mismatch`, `runtime-failed`. */
export async function openSsd(options: RunOptions): Promise<SsdFaceModel> {
  const folder = weightsFolder();
  const weights = await readWeights(SSD_WEIGHTS, folder);
  const levels = anchorLevels(weightNamed(weights, 'Output/extra_dim'));
  const model = encodeSsdModel(weights);
  freeArrays(Iterator.from(weights.values()).map((w) => w.data));
  const network = await openNetwork(model, options);
  freeArrays([model]);
  return new SsdFaceModel(network, levels, await openLandmarkFinder(folder, options));
}
