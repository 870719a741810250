import type { Box, Detection, Point } from '../../src/edge/face-detector/detection.ts';
import { intersectionOverUnion } from '../../src/edge/face-detector/intersection-over-union.ts';
import { type FaceModel, loadFaceModel } from '../../src/edge/face-detector/models/face-model.ts';
import type { Picture } from '../../src/edge/face-detector/picture/picture.ts';

export type ModelName = 'ssd' | 'yunet';

const MIN_IOU = 0.3;

/** Both face models, for a face known to be there. */
export class Finders {
  readonly #models: ReadonlyMap<ModelName, FaceModel>;

  constructor(models: ReadonlyMap<ModelName, FaceModel>) {
    this.#models = models;
  }

  /** All faces that a model calls faces by itself. */
  async all(picture: Picture, name: ModelName): Promise<Detection[]> {
    const model = this.#models.get(name);
    return model ? await model.detect(picture, model.defaultMinScore) : [];
  }

  /** What each model finds at a box; nothing where it finds nothing. */
  async at(picture: Picture, box: Box): Promise<Map<ModelName, Detection>> {
    const found = new Map<ModelName, Detection>();
    for (const name of this.#models.keys()) {
      const overlaps = (await this.all(picture, name))
        .map((detection) => ({ detection, iou: intersectionOverUnion(detection.box, box) }))
        .sort((a, b) => b.iou - a.iou);
      if (overlaps[0] && overlaps[0].iou >= MIN_IOU) found.set(name, overlaps[0].detection);
    }
    return found;
  }

  async close(): Promise<void> {
    for (const model of this.#models.values()) await model.close();
  }
}

export async function openFinders(modelsPath: string): Promise<Finders> {
  const names: readonly ModelName[] = ['ssd', 'yunet'];
  return new Finders(
    new Map(
      await Promise.all(names.map(async (name) => [name, await loadFaceModel({ model: name, modelsPath })] as const)),
    ),
  );
}

/** √(width × height) */
export function sideOf({ width, height }: Box): number {
  return Math.sqrt(width * height);
}

/** Points of a picture, where they are once it was scaled and cut at a corner. */
export function placed(points: readonly Point[], scale: number, from: { x: number; y: number }): Point[] {
  return points.map(([x, y]) => [x * scale - from.x, y * scale - from.y]);
}
