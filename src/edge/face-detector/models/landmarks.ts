import type { Box, Point } from '../detection.ts';
import { freeArrays } from '../free-arrays.ts';
import { cutRgb } from '../picture/cut.ts';
import type { Picture } from '../picture/picture.ts';
import { encodeLandmarkModel, LANDMARK_INPUT_SIDE, LANDMARKS } from './landmark-graph.ts';
import { type Network, openNetwork, type RunOptions } from './onnx-session.ts';
import { LANDMARK_WEIGHTS, readWeights } from './package-weights.ts';
import { clipToImage, sampleSquare } from './square-crop.ts';

/** Finds the 68 points of a face (iBUG order) within its box. */
export class LandmarkFinder {
  readonly #network: Network;

  constructor(network: Network) {
    this.#network = network;
  }

  /**
   * @param box in pixels of `picture`; may reach beyond it.
   * @returns 68 points in pixels of `picture`; none where the box lies outside.
   */
  async find(picture: Picture, box: Box): Promise<Point[]> {
    const crop = clipToImage(box, picture.width, picture.height);
    if (crop.width === 0 || crop.height === 0) return [];
    const side = LANDMARK_INPUT_SIDE;
    const data = sampleSquare({ ...crop, data: cutRgb(picture, crop) }, side);
    const square = Math.max(crop.width, crop.height);
    const left = crop.x - (square - crop.width) / 2;
    const top = crop.y - (square - crop.height) / 2;
    const points = await this.#network.run({ face: { data, shape: [1, side, side, 3] } }, ({ points: relative = [] }) =>
      Array.from({ length: LANDMARKS }, (_, k): Point => {
        const [x = 0, y = 0] = [relative[k * 2], relative[k * 2 + 1]];
        return [left + x * square, top + y * square];
      }),
    );
    freeArrays([data]);
    return points;
  }

  async close(): Promise<void> {
    await this.#network.close();
  }
}

/** @param folder where the weights are. */
export async function openLandmarkFinder(folder: string, options: RunOptions): Promise<LandmarkFinder> {
  const weights = await readWeights(LANDMARK_WEIGHTS, folder);
  return new LandmarkFinder(await openNetwork(encodeLandmarkModel(weights), options));
}
