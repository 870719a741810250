import { join } from 'node:path';
import { EXIT_CODES } from '../../platform/exit-codes.ts';
import { makeFolder } from '../../platform/make-folder.ts';
import { errorMessage, SightlineError } from '../../platform/sightline-error.ts';
import type { Credentials } from './authority.ts';
import { writeWhole } from './write-file.ts';

/**
 * Writes `ca.crt`, `tls.crt` and `tls.key` (as a kubernetes.io/tls Secret and cert-manager name them), each whole; the key for its owner
 * alone. Between key and certificate a reader may see two that don't belong together: services then keep trying.
 * @param withList Also `ca.crl`, which servers need.
 * @throws SightlineError when the folder can't be written.
 */
export function writeCredentials(
  folder: string,
  { ca, cert, key, crl }: Credentials,
  { withList = false }: { readonly withList?: boolean } = {},
): void {
  try {
    makeFolder(folder, 0o755);
  } catch (cause) {
    throw new SightlineError(`Expected to make the folder ${folder}, but: ${errorMessage(cause)}`, {
      exitCode: EXIT_CODES.environment,
      cause,
    });
  }
  writeWhole(join(folder, 'ca.crt'), ca, 0o644);
  if (withList) writeWhole(join(folder, 'ca.crl'), crl, 0o644);
  writeWhole(join(folder, 'tls.key'), key, 0o600);
  writeWhole(join(folder, 'tls.crt'), cert, 0o644);
}
