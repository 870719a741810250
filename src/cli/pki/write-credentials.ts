import { rmdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { EXIT_CODES } from '../../platform/exit-codes.ts';
import { makeFolder } from '../../platform/make-folder.ts';
import { errorMessage, SightlineError } from '../../platform/sightline-error.ts';
import type { Credentials } from './authority.ts';
import { requireWritable, writeAllWhole } from './write-file.ts';

/**
 * Makes the folder for credentials that are still to be issued, and tries to write there.
 * @returns Call it where nothing was issued: takes away what was made.
 * @throws SightlineError when it can't be made or written.
 */
export function prepareCredentialsFolder(folder: string): () => void {
  const made = makeOut(folder);
  requireWritable(join(folder, 'tls.key'));
  return () => {
    if (made !== undefined) removeEmpty(folder, made);
  };
}

/**
 * Writes `ca.crt`, `tls.crt` and `tls.key` (as a kubernetes.io/tls Secret and cert-manager name them), each whole; the key for its owner
 * alone. Between key and certificate a reader may see two that don't belong together: services then keep trying.
 * @param withList Also `ca.crl`, which servers need.
 * @throws SightlineError when the folder can't be written: what was there is there still.
 */
export function writeCredentials(
  folder: string,
  { ca, cert, key, crl }: Pick<Credentials, 'ca' | 'cert' | 'key' | 'crl'>,
  { withList = false }: { readonly withList?: boolean } = {},
): void {
  makeOut(folder);
  writeAllWhole([
    { path: join(folder, 'ca.crt'), text: ca, mode: 0o644 },
    ...(withList ? [{ path: join(folder, 'ca.crl'), text: crl, mode: 0o644 as const }] : []),
    { path: join(folder, 'tls.key'), text: key, mode: 0o600 },
    { path: join(folder, 'tls.crt'), text: cert, mode: 0o644 },
  ]);
}

function makeOut(folder: string): string | undefined {
  try {
    return makeFolder(folder, 0o755);
  } catch (cause) {
    throw new SightlineError(`Expected to make the folder ${folder}, but: ${errorMessage(cause)}`, {
      exitCode: EXIT_CODES.environment,
      cause,
    });
  }
}

/** The folder and those above it up to `topmost`, as far as nothing is in them. */
function removeEmpty(folder: string, topmost: string): void {
  try {
    rmdirSync(folder);
  } catch {
    return;
  }
  if (folder !== topmost) removeEmpty(dirname(folder), topmost);
}
