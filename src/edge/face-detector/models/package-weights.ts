import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { ModelError } from './model-error.ts';
import { readVerifiedFile } from './verified-file.ts';
import type { Tensor } from './weight-layout.ts';

/** Weights as tfjs stores them: a manifest with names, shapes and scales, and one binary file of 8-bit numbers. */
export interface PinnedWeights {
  readonly name: string;
  readonly sha256: string;
  readonly manifestSha256: string;
}

export const SSD_WEIGHTS: PinnedWeights = {
  name: 'ssd_mobilenetv1_model',
  sha256: '2835640602d53718aa6ae9a42896327eaa21beefed056c218d32ca7d79e1e2f8',
  manifestSha256: '888f744dffbc84f5f060d1f8427d9742341943a2dfaaf9205d10029b7e7a2955',
};

export const LANDMARK_WEIGHTS: PinnedWeights = {
  name: 'face_landmark_68_tiny_model',
  sha256: 'b98e9f2f7da76f8a6dda9741a36ed485b224b889d552de2b2c1bb16217f67bfc',
  manifestSha256: '9a1a5dd19fd814fd5095c3cb58f8e0d3193b8c5b9a6715b30a69d559aea31ad4',
};

export const WEIGHTS_PACKAGE = '@vladmandic/face-api';
export const WEIGHTS_PACKAGE_VERSION = '1.7.15';

const REMEDY =
  `The file is damaged or of another version of the package: ` +
  `run "npm install ${WEIGHTS_PACKAGE}@${WEIGHTS_PACKAGE_VERSION}" again.`;

interface ManifestEntry {
  readonly name: string;
  readonly shape: readonly number[];
  readonly quantization?: { readonly scale: number; readonly min: number };
}

/**
 * Where the weights' package keeps its model files. Its JavaScript is never loaded.
 *
 * @param from module from which the package is looked up.
 * @throws ModelError `package-missing`.
 */
export function weightsFolder(from: string = import.meta.url): string {
  try {
    return join(dirname(createRequire(from).resolve(`${WEIGHTS_PACKAGE}/package.json`)), 'model');
  } catch (cause) {
    throw new ModelError(
      'package-missing',
      `Expected the npm package ${WEIGHTS_PACKAGE} (the weights of the built-in face model), found none.`,
      { hint: 'Run "npm install --include=optional" in Sightline\'s folder.', cause },
    );
  }
}

/**
 * Reads, verifies and dequantizes one set of weights, by name.
 *
 * @throws ModelError `hash-mismatch` for either file.
 */
export async function readWeights(pinned: PinnedWeights, folder: string): Promise<Map<string, Tensor>> {
  const manifestPath = join(folder, `${pinned.name}-weights_manifest.json`);
  const manifest = await readVerifiedFile(manifestPath, pinned.manifestSha256, REMEDY);
  const bytes = await readVerifiedFile(join(folder, `${pinned.name}.bin`), pinned.sha256, REMEDY);
  // The hash was checked: the shape of the manifest is known.
  const groups = JSON.parse(manifest.toString('utf8')) as { readonly weights: readonly ManifestEntry[] }[];
  return dequantize(
    groups.flatMap((group) => group.weights),
    bytes,
  );
}

/** tfjs' affine quantization: number = byte · scale + min; entries without `quantization` are float32, little-endian. */
export function dequantize(entries: readonly ManifestEntry[], bytes: Uint8Array): Map<string, Tensor> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const tensors = new Map<string, Tensor>();
  let offset = 0;
  for (const { name, shape, quantization } of entries) {
    const data = new Float32Array(shape.reduce((product, size) => product * size, 1));
    for (let i = 0; i < data.length; i++) {
      data[i] = quantization
        ? view.getUint8(offset + i) * quantization.scale + quantization.min
        : view.getFloat32(offset + i * 4, true);
    }
    offset += data.length * (quantization ? 1 : 4);
    tensors.set(name, { shape, data });
  }
  return tensors;
}

export function weightNamed(weights: ReadonlyMap<string, Tensor>, name: string): Tensor {
  const tensor = weights.get(name);
  if (!tensor) throw new ModelError('hash-mismatch', `Expected weights named ${name}, found none.`);
  return tensor;
}
