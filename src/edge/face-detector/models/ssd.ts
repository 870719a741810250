import type { Box, Detection } from '../detection.ts';
import { freeArrays } from '../free-arrays.ts';
import type { Picture } from '../picture/picture.ts';
import type { FaceModel } from './face-model.ts';
import { type LandmarkFinder, openLandmarkFinder } from './landmarks.ts';
import { NetworkInput } from './network-input.ts';
import { suppressNonMaxima } from './non-maximum-suppression.ts';
import { OneAtATime } from './one-at-a-time.ts';
import { type Network, openNetwork, type RunOptions } from './onnx-session.ts';
import { readWeights, SSD_WEIGHTS, weightNamed, weightsFolder } from './package-weights.ts';
import { type AnchorLevel, anchorGrid, anchorLevels } from './ssd-anchors.ts';
import { decodeSsd } from './ssd-decode.ts';
import { encodeSsdModel } from './ssd-graph.ts';

const INPUT = { maxSide: 640, sideMultiple: 16, order: 'rgb' } as const;
const MAX_IOU = 0.5;

/** face-api's SSD MobileNet v1 with its 68 tiny landmarks, from the weights in the npm package. */
export class SsdFaceModel implements FaceModel {
  readonly name = 'ssd-mobilenet-v1';
  readonly sha256 = SSD_WEIGHTS.sha256;
  readonly defaultMinScore = 0.4;
  readonly #network: Network;
  readonly #input = new NetworkInput(INPUT);
  readonly #queue = new OneAtATime();
  readonly #levels: readonly AnchorLevel[];
  readonly #landmarks: LandmarkFinder;
  #grid: Grid = { width: 0, height: 0, anchors: new Float64Array() };

  constructor(network: Network, levels: readonly AnchorLevel[], landmarks: LandmarkFinder) {
    this.#network = network;
    this.#levels = levels;
    this.#landmarks = landmarks;
  }

  async detect(picture: Picture, minScore: number, landmarksFrom = minScore): Promise<Detection[]> {
    return await this.#queue.run(() => this.#detectAlone(picture, minScore, landmarksFrom));
  }

  async #detectAlone(picture: Picture, minScore: number, landmarksFrom: number): Promise<Detection[]> {
    const { planes, paddedWidth, paddedHeight, scaleX, scaleY } = await this.#input.prepare(picture);
    const candidates = await this.#network.run(
      { image: { data: planes, shape: [1, 3, paddedHeight, paddedWidth] } },
      ({ anchors }) => decodeSsd(anchors as Float32Array, this.#anchors(paddedWidth, paddedHeight), minScore),
    );
    const detections: Detection[] = [];
    for (const { box, score } of suppressNonMaxima(candidates, MAX_IOU)) {
      const scaled: Box = {
        x: box.x * scaleX,
        y: box.y * scaleY,
        width: box.width * scaleX,
        height: box.height * scaleY,
      };
      const landmarks = score < landmarksFrom ? [] : await this.#landmarks.find(picture, scaled);
      detections.push({ box: scaled, score, landmarks });
    }
    return detections;
  }

  async close(): Promise<void> {
    await this.#queue.run(async () => {
      await this.#input.close();
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
