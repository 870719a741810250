import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { imageFormat } from '../../contract/image/image.ts';
import type { SpoolDesk } from '../../platform/desk/spool-desk.ts';
import { EXIT_CODES, type ExitCode } from '../../platform/exit-codes.ts';
import { errorMessage, SightlineError, systemErrorCode } from '../../platform/sightline-error.ts';
import type { CommandIo } from '../command.ts';
import { type Selection, select } from './selection.ts';

const EXTENSIONS = { png: 'png', jpeg: 'jpg', webp: 'webp' } as const;

/**
 * Writes the bytes of captures as files; what is there already stays. A capture that can't be written is told, and the rest go on.
 * @throws SightlineError when the folder can't be made.
 */
export async function exportCaptures(
  desk: SpoolDesk,
  selection: Selection,
  folder: string,
  io: CommandIo,
): Promise<ExitCode> {
  await mkdir(folder, { recursive: true }).catch((cause: unknown) => {
    throw new SightlineError(`Expected a folder to write to at ${folder}, got ${errorMessage(cause)}`, {
      exitCode: EXIT_CODES.environment,
      cause,
    });
  });
  let faults = 0;
  const miss = (id: string, why: string) => {
    faults += 1;
    io.stderr(`${id}: ${why}\n`);
  };
  for await (const { id, hasBody, state } of select(desk, selection)) {
    io.signal.throwIfAborted();
    const body = hasBody ? await desk.body(id) : undefined;
    if (!body) {
      // Of what is stored the bytes are in the store, and nobody expects them here unless it was named.
      if (selection.ids || state === 'pending') miss(id, `Expected its bytes in the spool, got none: it is ${state}`);
      continue;
    }
    const format = imageFormat(body);
    const file = join(folder, `${id}.${format ? EXTENSIONS[format] : 'bin'}`);
    try {
      await writeFile(file, body, { flag: 'wx' });
      io.stdout(`${file}\n`);
    } catch (error) {
      if (systemErrorCode(error) === undefined) throw error;
      miss(
        id,
        systemErrorCode(error) === 'EEXIST' ? `${file} is there already; it stays as it is` : errorMessage(error),
      );
    }
  }
  return faults === 0 ? EXIT_CODES.ok : EXIT_CODES.unbalanced;
}
