import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ModelError } from './model-error.ts';
import {
  LANDMARK_WEIGHTS,
  type PinnedWeights,
  SSD_WEIGHTS,
  WEIGHTS_PACKAGE,
  WEIGHTS_PACKAGE_VERSION,
  weightsFolder,
} from './package-weights.ts';
import { sha256Hex } from './verified-file.ts';
import { YUNET, yunetPath } from './yunet-file.ts';

export interface ListedModel {
  readonly name: string;
  readonly present: boolean;
  /** The file there has the pinned hash. */
  readonly verified: boolean;
  /** The pinned hash of the file. */
  readonly sha256: string;
  /** Where the file is or would be; null where the package that brings it is not installed. */
  readonly path: string | null;
  /** Size of the file; null where there is none. */
  readonly bytes: number | null;
  readonly licence: string;
  readonly provenance: string;
}

const WEIGHTS_SOURCE = `npm package ${WEIGHTS_PACKAGE} ${WEIGHTS_PACKAGE_VERSION}`;

/** The models that Sightline knows, each file hashed now. */
export async function listModels(modelsPath: string): Promise<ListedModel[]> {
  return [
    {
      name: 'ssd',
      ...(await inspect(packagePath(SSD_WEIGHTS), SSD_WEIGHTS.sha256)),
      licence: 'MIT',
      provenance: `${WEIGHTS_SOURCE}; weights by yeephycho/tensorflow-face-detection, trained on WIDER FACE (images CC BY-NC-ND)`,
    },
    {
      name: 'ssd-landmarks',
      ...(await inspect(packagePath(LANDMARK_WEIGHTS), LANDMARK_WEIGHTS.sha256)),
      licence: 'MIT',
      provenance: `${WEIGHTS_SOURCE}; 68-point tiny landmarks of face-api.js, trained on about 35,000 labelled face images`,
    },
    {
      name: 'yunet',
      ...(await inspect(yunetPath(modelsPath), YUNET.sha256)),
      licence: 'Apache-2.0',
      provenance: 'ShiqiYu/libfacedetection.train, yunet_n_dynamic.onnx; trained on WIDER FACE (images CC BY-NC-ND)',
    },
  ];
}

function packagePath(weights: PinnedWeights): string | null {
  try {
    return join(weightsFolder(), `${weights.name}.bin`);
  } catch (error) {
    if (error instanceof ModelError) return null;
    throw error;
  }
}

async function inspect(
  path: string | null,
  sha256: string,
): Promise<Pick<ListedModel, 'present' | 'verified' | 'sha256' | 'path' | 'bytes'>> {
  const found = path === null ? undefined : await stat(path).catch(() => undefined);
  if (path === null || !found?.isFile()) return { present: false, verified: false, sha256, path, bytes: null };
  const verified = sha256Hex(await readFile(path)) === sha256;
  return { present: true, verified, sha256, path, bytes: found.size };
}
