import type { Point } from '../../src/edge/face-detector/detection.ts';
import { type Network, openNetwork } from '../../src/edge/face-detector/models/onnx-session.ts';
import { readWeights, weightsFolder } from '../../src/edge/face-detector/models/package-weights.ts';
import type { RgbPicture } from '../../src/edge/face-detector/picture/picture.ts';
import { CHIP_SIDE, faceChip } from './face-chip.ts';
import { encodeRecognitionModel, RECOGNITION_WEIGHTS } from './recognition-graph.ts';

/** What the network makes of one face: 128 numbers. */
export type Descriptor = Float32Array;

/** Tells persons apart. For measuring what a picture is worth only: the product recognises nobody. */
export class Recogniser {
  readonly #network: Network;

  constructor(network: Network) {
    this.#network = network;
  }

  /** @param points eyes, nose tip and mouth corners, in pixels of `picture`. */
  async describe(picture: RgbPicture, points: readonly Point[]): Promise<Descriptor> {
    const chip = { data: faceChip(picture, points), shape: [1, CHIP_SIDE, CHIP_SIDE, 3] };
    return await this.#network.run({ chip }, ({ descriptor }) => Float32Array.from(descriptor ?? []));
  }

  async close(): Promise<void> {
    await this.#network.close();
  }
}

/** @throws ModelError `package-missing`, `hash-mismatch`, `runtime-failed`. */
export async function openRecogniser(): Promise<Recogniser> {
  const weights = await readWeights(RECOGNITION_WEIGHTS, weightsFolder());
  return new Recogniser(await openNetwork(encodeRecognitionModel(weights), { threads: 1, provider: 'cpu' }));
}

export function distance(a: Descriptor, b: Descriptor): number {
  return Math.sqrt(a.reduce((sum, value, i) => sum + (value - (b[i] ?? 0)) ** 2, 0));
}
