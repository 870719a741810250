import type { Detection } from '../detection.ts';
import type { Picture } from '../picture/picture.ts';
import type { Provider } from './execution-provider.ts';
import { ModelError } from './model-error.ts';

/** Finds faces in one picture. */
export interface FaceModel {
  readonly name: string;
  /** Of the file that holds the weights. */
  readonly sha256: string;
  /** The score from which a find is worth calling a face, measured for this model. */
  readonly defaultMinScore: number;
  /**
   * @param minScore 0–1, from 0.01 on.
   * @param landmarksFrom where landmarks cost extra, only faces with at least this score get them; default: all.
   * @returns the faces, best score first; boxes and landmarks in pixels of `picture`, unclipped.
   * @throws ModelError `bad-image` where the bytes do not fit the size.
   */
  detect(picture: Picture, minScore: number, landmarksFrom?: number): Promise<Detection[]>;
  /** Waits for the pictures that are being looked at. */
  close(): Promise<void>;
}

export type FaceModelChoice = 'auto' | 'ssd' | 'yunet';

/**
 * Opens a face model. `auto` is YuNet where its verified file is in `modelsPath`, otherwise the built-in SSD. The packages that it
 * needs are loaded here and not before, so that services without vision run without them.
 *
 * @param threads of the processor, for one picture.
 * @param onRejected hears of a YuNet file that `auto` passes over because its hash is wrong.
 * @param provider what runs it; an accelerator runs all of the model or none.
 * @throws ModelError `model-missing`, `hash-mismatch`, `package-missing`, `provider-missing`, `runtime-failed`.
 */
export async function loadFaceModel({
  model,
  modelsPath,
  threads = 1,
  provider = 'cpu',
  onRejected,
}: {
  model: FaceModelChoice;
  modelsPath: string;
  threads?: number;
  provider?: Provider;
  onRejected?: (reason: ModelError) => void;
}): Promise<FaceModel> {
  const options = { threads, provider };
  if (model !== 'ssd') {
    const { openYunet } = await import('./yunet.ts');
    try {
      return await openYunet(modelsPath, options);
    } catch (error) {
      if (model === 'yunet' || !(error instanceof ModelError)) throw error;
      if (error.code === 'hash-mismatch') onRejected?.(error);
      else if (error.code !== 'model-missing') throw error;
    }
  }
  const { openSsd } = await import('./ssd.ts');
  return await openSsd(options);
}
