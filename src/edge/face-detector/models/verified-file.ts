import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { ModelError } from './model-error.ts';

export function sha256Hex(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/**
 * Reads a file whole and hands it out only if its SHA-256 is the pinned one.
 *
 * @param hint what to do about a wrong file, one sentence.
 * @throws ModelError `hash-mismatch`; whatever reading throws (ENOENT, EACCES) as it is.
 */
export async function readVerifiedFile(path: string, sha256: string, hint: string): Promise<Buffer> {
  const bytes = await readFile(path);
  const found = sha256Hex(bytes);
  if (found !== sha256) {
    throw new ModelError('hash-mismatch', `Expected SHA-256 ${sha256} for ${path}, got ${found}.`, { hint });
  }
  return bytes;
}
