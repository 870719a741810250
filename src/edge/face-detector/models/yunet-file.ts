import { join } from 'node:path';
import { systemErrorCode } from '../../../platform/sightline-error.ts';
import { ModelError } from './model-error.ts';
import { readVerifiedFile } from './verified-file.ts';

/** The one YuNet that Sightline knows: `yunet_n_dynamic.onnx` of libfacedetection.train. */
export const YUNET = {
  fileName: 'yunet_n_dynamic.onnx',
  sha256: '104ee26c71d5c270ce79a6b3dced91c91013260d29a6bf18f9296c5b8c4c2b12',
  bytes: 322_906,
  url: 'https://raw.githubusercontent.com/ShiqiYu/libfacedetection.train/0047ac24afb1a50a0c6105001c89d1b5b805dbf1/onnx/yunet_n_dynamic.onnx',
} as const;

export function yunetPath(modelsPath: string): string {
  return join(modelsPath, YUNET.fileName);
}

/**
 * The model's bytes, hashed at each call.
 *
 * @throws ModelError `model-missing` where there is no file, `hash-mismatch` where it is another.
 */
export async function readYunetFile(modelsPath: string): Promise<Uint8Array> {
  const path = yunetPath(modelsPath);
  try {
    return await readVerifiedFile(path, YUNET.sha256, 'Delete it and run "sightline models pull yunet".');
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT') throw error;
    throw new ModelError('model-missing', `Expected the YuNet model in ${path}, found no file.`, {
      hint: 'Run "sightline models pull yunet", or "sightline models pull yunet --from FILE" where there is no network.',
      cause: error,
    });
  }
}
