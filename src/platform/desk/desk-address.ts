import { closeSync, constants, existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { EXIT_CODES } from '../exit-codes.ts';
import { errorMessage, SightlineError } from '../sightline-error.ts';

const NAME = 'desk.sock';
/** sun_path of unix(7) without its end: 108 on Linux, 104 on macOS and the BSDs. */
const MAX_ADDRESS_BYTES = 103;

/** Where a spool's desk listens. */
export interface DeskAddress {
  /** To bind or connect to. */
  readonly path: string;
  /** In the folder, as people know it. */
  readonly file: string;
  /** After the last use of the path. */
  release(): void;
}

/**
 * The socket of the spool in a folder. A path too long for a socket's address is gone about through the folder's open descriptor.
 * @throws SightlineError when the folder can't be opened, or its path is too long where there is no /proc.
 */
export function deskAddress(folder: string): DeskAddress {
  const file = join(folder, NAME);
  if (Buffer.byteLength(file) <= MAX_ADDRESS_BYTES) return { path: file, file, release() {} };
  const descriptor = openFolder(folder);
  const path = join('/proc/self/fd', String(descriptor), NAME);
  if (existsSync('/proc/self/fd')) return { path, file, release: () => closeSync(descriptor) };
  closeSync(descriptor);
  throw new SightlineError(
    `Expected a path of at most ${MAX_ADDRESS_BYTES} bytes for the spool's socket, got ${Buffer.byteLength(file)}: ${file}`,
    { hint: 'Give the spool a folder with a shorter path.', exitCode: EXIT_CODES.environment },
  );
}

function openFolder(folder: string): number {
  try {
    return openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  } catch (cause) {
    throw new SightlineError(`Expected a spool in ${folder}, got ${errorMessage(cause)}`, {
      exitCode: EXIT_CODES.environment,
      cause,
    });
  }
}
