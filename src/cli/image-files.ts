import { stat } from 'node:fs/promises';
import { EXIT_CODES, type ExitCode } from '../platform/exit-codes.ts';
import { errorMessage, SightlineError, systemErrorCode } from '../platform/sightline-error.ts';
import type { CommandIo } from './command.ts';

/** A file that can't be shown; the others still are. */
export class ImageFileError extends Error {
  override readonly name = 'ImageFileError';
}

/** @throws ImageFileError for what is missing, no file, or may not be read. */
export async function requireFile(file: string): Promise<void> {
  const found = await stat(file).catch((error: unknown) => {
    const isMissing = systemErrorCode(error) === 'ENOENT' || systemErrorCode(error) === 'ENOTDIR';
    throw new ImageFileError(`Expected an image, got ${isMissing ? 'nothing there' : errorMessage(error)}`);
  });
  if (!found.isFile())
    throw new ImageFileError(`Expected an image, got ${found.isDirectory() ? 'a folder' : 'no file'}`);
}

/**
 * Does the same with each file, in order: a fault of one goes to standard error (and, with `isJson`, as a line with `error` to standard
 * output) and the rest go on. Defects of ours are not caught.
 * @returns ok when there was no fault.
 */
export async function forEachImage(
  files: readonly string[],
  { io, isJson, isFault }: { io: CommandIo; isJson: boolean; isFault: (error: unknown) => boolean },
  show: (file: string) => Promise<void>,
): Promise<ExitCode> {
  let faults = 0;
  for (const file of files) {
    if (io.signal.aborted) return EXIT_CODES.interrupted;
    try {
      await show(file);
    } catch (error) {
      if (!isFault(error)) throw error;
      faults += 1;
      const message = errorMessage(error);
      const hint = error instanceof SightlineError && error.hint ? `\n  ${error.hint}` : '';
      io.stderr(`${message.includes(file) ? '' : `${file}: `}${message}${hint}\n`);
      if (isJson) io.stdout(`${JSON.stringify({ file, error: message })}\n`);
    }
  }
  return faults === 0 ? EXIT_CODES.ok : EXIT_CODES.unbalanced;
}
