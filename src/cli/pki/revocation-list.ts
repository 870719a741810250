import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeRevocationList, type Signer, serialsOn } from './certificate-maker.ts';
import type { Issued } from './register.ts';
import { lastingYears } from './validity.ts';
import { writeWhole } from './write-file.ts';

/**
 * Brings `ca.crl` to what the register says, good as long as the CA; gives it as PEM. A list that says the same stays as it is, to the
 * byte: a broker starts anew for another one, and throws everybody out for a moment.
 */
export async function bringListUpToDate(
  folder: string,
  signer: Signer,
  register: readonly Issued[],
  { nowMs, notAfter }: { readonly nowMs: number; readonly notAfter: Date },
): Promise<string> {
  const file = join(folder, 'ca.crl');
  const revoked = register.flatMap(({ serial, revokedAt }) =>
    revokedAt === undefined ? [] : [{ serial, revokedAt: new Date(revokedAt) }],
  );
  const present = await readList(file, signer);
  if (present?.serials && saysTheSame(present.serials, revoked)) return present.text;
  const list = await makeRevocationList(signer, revoked, { notBefore: lastingYears(nowMs, 1).notBefore, notAfter });
  writeWhole(file, list, 0o644);
  return list;
}

/** Nothing of what is missing, damaged or of another CA: then it is made anew. */
async function readList(file: string, signer: Signer) {
  try {
    const text = readFileSync(file, 'utf8');
    return { text, serials: await serialsOn(text, signer) };
  } catch {
    return undefined;
  }
}

function saysTheSame(serials: readonly string[], revoked: readonly { readonly serial: string }[]): boolean {
  const listed = new Set(serials);
  return listed.size === revoked.length && revoked.every(({ serial }) => listed.has(serial));
}
